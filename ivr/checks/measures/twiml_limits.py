"""Does the carrier accept a turn? Its TwiML, held against the carrier's own limits.

A document is a frame (its verbs, which follow from the kind of place) and the words in it, one
after the other. So one document of each frame is checked whole, each prompt's words by themselves,
and every other document by the sum of their bytes.
"""

from collections.abc import Hashable, Iterator
from dataclasses import replace
from functools import cached_property
from xml.etree import ElementTree as ET

from ivr.checks.measures.limits import HINT_CHARACTERS, HINTS, SAY_CHARACTERS, TWIML_BYTES
from ivr.dialog import HangUp, Place, SendText, Spoken, Turn
from ivr.script.model import Script
from ivr.twiml import voice as twiml

_SOUND = frozenset({"Say", "Play"})
_ROOT = "/voice/"
_OWN_NUMBER = "+12025550100"
_SOUND_URL = f"{_ROOT}sound/{'x' * 120}"
_CLIP_URL = f"/audio/{'x' * 24}.mp3"
_OURS = "report it, with the script and the keys"

Violation = tuple[str, str]
"""Which limit is broken, and what to do about it."""


class TwimlLimits:
    """The carrier's limits on the turns of one script; it caches what it has measured."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._frame_bytes: dict[Hashable, int] = {}
        self._word_bytes: dict[Spoken, int] = {}
        goodbye = Place(script.line.default_language, script.graph.goodbye)
        self._empty = Turn(goodbye, (), (), HangUp())

    def violations(self, turn: Turn) -> Iterator[Violation]:
        """Yield what the carrier would refuse in a turn's TwiML, or do otherwise than is meant."""
        if isinstance(turn.verb, SendText):  # sent before a turn is answered, and no TwiML
            return
        try:
            for words in turn.must + turn.may:
                if words not in self._word_bytes:
                    yield from self._measure(words)
            place = turn.place
            frame = (place.language, place.node, place.phase, turn.verb, bool(turn.sound))
            word_bytes = sum(self._word_bytes[words] for words in turn.must + turn.may)
            if frame not in self._frame_bytes:
                body = self._render(turn)
                self._frame_bytes[frame] = len(body) - word_bytes
                yield from _verbs(turn, ET.fromstring(body))  # noqa: S314 our own XML
        except Exception as e:  # noqa: BLE001 whatever breaks is what a check wants to know
            yield f"the line breaks ({type(e).__name__}: {e})", _OURS
            return
        if self._frame_bytes[frame] + word_bytes > TWIML_BYTES:
            what = f"sends more than {TWIML_BYTES:,} bytes in one turn, which the carrier refuses"
            yield what, "split what is said there"

    def _measure(self, words: Spoken) -> Iterator[Violation]:
        body = self._render(replace(self._empty, must=(words,)))
        self._word_bytes[words] = len(body) - self._empty_bytes
        length = len("".join(ET.fromstring(body).itertext()))  # noqa: S314 our own XML
        if length > SAY_CHARACTERS:
            what = (
                f'"{words.prompt}" has {length:,} characters, the carrier says {SAY_CHARACTERS:,}'
            )
            yield what, "split the prompt"

    @cached_property
    def _empty_bytes(self) -> int:
        return len(self._render(self._empty))

    def _render(self, turn: Turn) -> bytes:
        sound = _SOUND_URL if turn.sound else ""
        recorded = self._script.line.recorded_languages
        clips = tuple(
            _CLIP_URL if words.language in recorded else "" for words in turn.must + turn.may
        )
        return twiml.render(self._script, turn, twiml.Urls(_ROOT), _OWN_NUMBER, sound, clips)


def _verbs(turn: Turn, document: ET.Element) -> Iterator[Violation]:
    before = 0
    for verb in document:
        if verb.tag in {"Gather", "Dial", "Record"}:
            if not verb.get("action"):
                yield f"sends a <{verb.tag}> that leads nowhere", _OURS
            if before != len(turn.must):
                yield "does not say first what must be heard", _OURS
        if verb.tag == "Gather":
            yield from _gathered(turn, verb)
        before += verb.tag in _SOUND


def _gathered(turn: Turn, gather: ET.Element) -> Iterator[Violation]:
    tags = [verb.tag for verb in gather]
    if odd := sorted(set(tags) - _SOUND):
        yield f"sends <{odd[0]}> within <Gather>, which not every carrier takes", _OURS
    if len(tags) != len(turn.may) + bool(turn.sound):
        yield "does not say all that keys may cut short", _OURS
    hints = gather.get("hints", "").split(",")
    if len(hints) > HINTS:
        what = f"expects {len(hints)} different words, the carrier takes {HINTS}"
        yield what, "take words out of speech:"
    if long := [hint for hint in hints if len(hint) > HINT_CHARACTERS]:
        what = f'expects "{long[0][:20]}…", longer than {HINT_CHARACTERS} characters'
        yield what, "shorten it in speech:"
