"""Text messages: sending them, and whether a line can take one."""
