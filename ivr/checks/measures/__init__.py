"""What several checks measure by: limits, durations, lexicons, a prompt in its context."""
