"""TwiML as the carrier reads it: parsed and validated without the code that writes it."""
