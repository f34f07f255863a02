"""TwiML as a telephone reads it: parsed and validated without our own code."""
