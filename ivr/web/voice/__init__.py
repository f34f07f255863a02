"""The carrier's webhooks, and what follows from them."""
