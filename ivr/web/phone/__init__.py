"""The browser phone."""
