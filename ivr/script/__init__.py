"""What the line is: the phone script as frozen, typed values, read from YAML and proved sound.

Pure but for `load`, which reads files. Nothing in here knows Flask, TwiML or the clock.
"""
