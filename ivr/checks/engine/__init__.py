"""How the checks are registered, run, and their results stored."""
