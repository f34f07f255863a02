"""The pages on which the script is edited, approved, published and restored."""
