"""eSpeak NG: over a hundred languages, small and robotic. It is a program of the system."""

import shutil
import subprocess

from ivr.errors import SpeechError
from ivr.speech.sound import Sound, decoded

_SECONDS = 30
"""Seconds that it may take for a text."""

_VOICES = {"en": "en-us", "es": "es-419"}


class Espeak:
    """The program espeak-ng. A voice is one of the names that `espeak-ng --voices` lists."""

    name = "espeak-ng"
    workers = 4
    any_pace = True
    settings = "130 words a minute"

    def voice(self, language: str) -> str:
        """Return the default voice for a language, which `speak` may refuse."""
        own = language.partition("-")[0]
        return _VOICES.get(own, language.lower())

    def speak(self, text: str, voice: str, *, pace: float = 1.0) -> Sound:
        program = shutil.which("espeak-ng")
        if program is None:
            raise SpeechError(
                "espeak-ng is not installed: apt-get install espeak-ng, or your system's package"
            )
        command = [program, "-v", voice, "-s", f"{130 * pace:.0f}", "--stdout"]
        try:
            ran = subprocess.run(  # noqa: S603 no shell; the text goes to standard input
                command, input=text.encode(), capture_output=True, check=True, timeout=_SECONDS
            )
        except subprocess.CalledProcessError as e:
            error_line = e.stderr.decode(errors="replace").strip().partition("\n")[0]
            raise SpeechError(
                f'espeak-ng does not speak with the voice "{voice}" ({error_line})'
            ) from None
        except subprocess.TimeoutExpired:
            raise SpeechError(f"espeak-ng did not answer within {_SECONDS} s") from None
        return decoded(ran.stdout)
