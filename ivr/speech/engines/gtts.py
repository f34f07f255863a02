"""Google Translate's voice, through gTTS: many languages, but it needs the network.

The words are sent to Google. gTTS has no timeout by default, and the service refuses clients that
ask too often.
"""

import io
import time

from ivr.errors import SpeechError
from ivr.speech.sound import Sound, decoded

TIMEOUT_SECONDS = 10.0
"""Seconds that a try waits for the service."""

WAITS_SECONDS = (1.0, 3.0, 9.0)
"""Seconds before each retry; after the last one the engine counts as unreachable."""


class Google:
    """gTTS. A voice is a language code of the service, as "es"."""

    name = "gtts"
    workers = 2
    any_pace = False
    settings = "tld com"

    def __init__(
        self, waits: tuple[float, ...] = WAITS_SECONDS, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._waits = waits
        self._timeout = timeout

    def voice(self, language: str) -> str:
        """Return the service's code for a language."""
        from gtts.lang import tts_langs

        languages = tts_langs()
        own = language.partition("-")[0]
        return language if language in languages else own if own in languages else ""

    def speak(self, text: str, voice: str, *, pace: float = 1.0) -> Sound:
        """Return a text as speech, after several tries if necessary."""
        failed = ""
        for wait in (0.0, *self._waits):
            time.sleep(wait)
            try:
                return decoded(_asked(text, voice, slow=pace < 1, timeout=self._timeout))
            except SpeechError as e:
                failed = str(e)
        raise SpeechError(
            f"gtts cannot be reached ({failed}): try again later, or render with --engine pico,"
            " which needs no network"
        )


def _asked(text: str, voice: str, *, slow: bool, timeout: float) -> bytes:
    from gtts import gTTS, gTTSError
    from requests import RequestException

    try:
        content = io.BytesIO()
        gTTS(text, lang=voice, slow=slow, timeout=timeout).write_to_fp(content)
    except (gTTSError, RequestException, AssertionError, ValueError) as e:
        raise SpeechError(str(e).splitlines()[0] if str(e) else type(e).__name__) from None
    return content.getvalue()
