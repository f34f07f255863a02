"""What several checks measure by: limits, durations, lexicons, the carrier's limits."""
