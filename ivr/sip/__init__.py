"""The line on a PBX: SIP and RTP in place of a cloud carrier's number.

It is the telephone of `ivr.phone` with real sound. It reaches the line over HTTP alone, as the
carrier does, and knows nothing of scripts.
"""
