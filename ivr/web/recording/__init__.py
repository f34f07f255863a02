"""Recording prompts by telephone, and rendering clips."""
