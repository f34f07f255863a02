"""Protection from floods: what callers have used, who is blocked, what operators switched on."""
