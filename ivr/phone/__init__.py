"""A telephone that interprets TwiML without importing the code that writes it.

The terminal, the browser phone, `ivr sip` and the tests share it. It follows the carrier's
published rules and knows nothing of scripts or dialogs, so that a mistake in our code cannot
cancel itself out.
"""
