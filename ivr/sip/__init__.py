"""The line on a PBX: SIP and RTP in place of a cloud carrier's number.

The telephone of `ivr.phone`, with a real ear and mouth. It knows the line by HTTP alone, as the
carrier does, and nothing of scripts.
"""
