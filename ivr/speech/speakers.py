"""Who can be asked to speak, by name: light to import, where the engines themselves are not."""

SPEAKERS = ("pico", "kokoro", "piper", "gtts", "espeak-ng")
"""The keys of `engines.ENGINES`, the one that needs nothing more first."""
