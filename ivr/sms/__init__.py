"""Text messages: sending them, the quota of a number, and whether a line can take one."""
