"""A telephone that has never seen our code: it learns TwiML from the wire.

The terminal, the browser phone and the tests share it. It knows the carrier's published rules and
nothing of scripts or dialogs, so that a mistake on our side cannot cancel itself out.
"""
