"""What the records add up to, with small counts suppressed."""
