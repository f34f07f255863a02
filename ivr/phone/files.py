"""The words of a line's audio files, from a list that the line publishes beside them.

The list is JSON at `audio/clips.json` next to the line's URL. For each file name it has the words,
the seconds, the language, and whether it is slow speech.
"""

from typing import NamedTuple
from urllib.parse import urljoin

import requests

TIMEOUT_SECONDS = 5
"""Seconds to wait for the list."""


class Audio(NamedTuple):
    """What is heard in an audio file, and for how many seconds."""

    words: str
    seconds: float
    language: str = ""
    slow: bool = False


def list_audio(url: str) -> dict[str, Audio]:
    """Return the audio files of the line at a URL, by absolute URL; {} if it has no list."""
    list_url = urljoin(url, "audio/clips.json")
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.get(list_url, timeout=TIMEOUT_SECONDS)
            clips = answer.json() if answer.ok else {}
            return {
                urljoin(list_url, name): Audio(
                    str(clip["words"]),
                    float(clip["seconds"]),
                    str(clip.get("language", "")),
                    bool(clip.get("slow")),
                )
                for name, clip in clips.items()
            }
        except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError):
            return {}
