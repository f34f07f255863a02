"""eSpeak NG: over a hundred languages, small and robotic. A system package, asked as a program."""

import shutil
import subprocess

from ivr.errors import SpeechError
from ivr.speech.sound import Sound, decoded

_SECONDS = 30
_VOICES = {"en": "en-us", "es": "es-419"}


class Espeak:
    """The program espeak-ng. A voice is a name that it knows (`espeak-ng --voices`)."""

    name = "espeak-ng"
    workers = 4
    any_pace = True
    settings = "130 words a minute"

    def voice(self, language: str) -> str:
        """Return the voice that speaks a language by default; it is asked whether it does."""
        own = language.partition("-")[0]
        return _VOICES.get(own, language.lower())

    def speak(self, text: str, voice: str, *, pace: float = 1.0) -> Sound:
        """Return a text as speech."""
        program = shutil.which("espeak-ng")
        if program is None:
            raise SpeechError("espeak-ng is not installed: apt-get install espeak-ng, or the like")
        command = [program, "-v", voice, "-s", f"{130 * pace:.0f}", "--stdout"]
        try:
            ran = subprocess.run(  # noqa: S603 no shell; the text goes in by its own way
                command, input=text.encode(), capture_output=True, check=True, timeout=_SECONDS
            )
        except subprocess.CalledProcessError as e:
            error_line = e.stderr.decode(errors="replace").strip().partition("\n")[0]
            raise SpeechError(
                f'espeak-ng does not speak with the voice "{voice}" ({error_line})'
            ) from None
        except subprocess.TimeoutExpired:
            raise SpeechError(f"espeak-ng gave no answer within {_SECONDS} s") from None
        return decoded(ran.stdout)
