"""Voice assistants over the network: Alexa's signed requests, and Wyoming's events."""
