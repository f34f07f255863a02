"""Who is at the agency now: opening hours, on-call schedule and calendar, override."""
