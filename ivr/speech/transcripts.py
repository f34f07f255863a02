"""A cache of the transcripts of clips, so that no clip is recognized twice.

It is a file beside the clips, by a hash of each clip's bytes, so that a new clip is recognized
again. It has only the transcripts: `ivr.speech.asr_check` compares them with the words.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from ivr.errors import SpeechError
from ivr.speech.manifest import Clip, hash_of, write_file

FILE = "heard.json"


def mark(folder: Path, clip: Clip) -> str:
    """Return a hash of a clip's bytes. Raises SpeechError if its file is gone."""
    try:
        return hash_of(folder / clip.file)
    except OSError as e:
        raise SpeechError(f"{folder / clip.file} cannot be read: {e.strerror}") from None


def read(folder: Path) -> dict[str, str]:
    """Return the transcripts by the hash of each clip's bytes. Raises SpeechError."""
    path = folder / FILE
    try:
        return {str(key): str(words) for key, words in json.loads(path.read_text("utf-8")).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError):
        raise SpeechError(
            f"{path} cannot be read: delete it, and run ivr audio listen again"
        ) from None


def write(folder: Path, transcripts: Mapping[str, str]) -> None:
    """Replace the file of transcripts as a whole. Raises SpeechError."""
    text = json.dumps(dict(sorted(transcripts.items())), ensure_ascii=False, indent=0)
    write_file(folder / FILE, f"{text}\n".encode())
