"""A phone line that reads caregivers the signs of child exploitation and connects them to help."""
