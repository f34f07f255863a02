"""What is heard in a line's audio files, where it tells: a list beside them, for who cannot listen.

The list is JSON at `audio/clips.json` next to the line's URL: by file name the words, the seconds,
the language, and whether it is slow speech.
"""

from typing import NamedTuple
from urllib.parse import urljoin

import requests

TIMEOUT_SECONDS = 5


class Audio(NamedTuple):
    """What is heard in an audio file, and for how many seconds."""

    words: str
    seconds: float
    language: str = ""
    slow: bool = False


def listed(url: str) -> dict[str, Audio]:
    """Return what is heard in the files of the line at a URL, by absolute URL; {} if not told."""
    there = urljoin(url, "audio/clips.json")
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.get(there, timeout=TIMEOUT_SECONDS)
            told = answer.json() if answer.ok else {}
            return {
                urljoin(there, name): Audio(
                    str(clip["words"]),
                    float(clip["seconds"]),
                    str(clip.get("language", "")),
                    bool(clip.get("slow")),
                )
                for name, clip in told.items()
            }
        except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError):
            return {}
