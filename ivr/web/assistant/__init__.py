"""What Alexa asks of the line: its requests, their signatures, and the answers."""
