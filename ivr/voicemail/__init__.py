"""Messages that callers leave for the agency: stored, announced to staff, deleted when due."""
