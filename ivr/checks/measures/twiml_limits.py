"""Whether the carrier takes a turn: its TwiML, held against the carrier's own limits.

A document is its frame (the verbs, which follow from the kind of place) and what is said in it, one
piece after the other. So one document of each frame is looked at whole, each piece by itself, and
of all other documents the sum.
"""

from collections.abc import Hashable, Iterator
from xml.etree import ElementTree as ET

from ivr.checks.measures.limits import HINT_CHARACTERS, HINTS, SAY_CHARACTERS, TWIML_BYTES
from ivr.dialog import HangUp, Place, SendText, Spoken, Turn
from ivr.script.model import Script
from ivr.twiml import voice as twiml

_SOUND = frozenset({"Say", "Play"})
_ROOT = "/voice/"
_OWN_NUMBER = "+12025550100"
_SOUND_URL = f"{_ROOT}sound/{'x' * 120}"
_OURS = "report it, with the script and the keys"

Misfit = tuple[str, str]
"""What does not fit, and what to do about it."""


class Wire:
    """The way to the carrier for the turns of one script; it remembers what it has measured."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._frames: dict[Hashable, int] = {}
        self._pieces: dict[Spoken, int] = {}
        nowhere = Place(script.line.default_language, script.graph.goodbye)
        self._silent = Turn(nowhere, (), (), HangUp())

    def misfits(self, turn: Turn) -> Iterator[Misfit]:
        """Yield what the carrier would refuse, or do otherwise than is meant, in a turn's TwiML."""
        if isinstance(turn.then, SendText):  # sent before a turn is answered, and no TwiML
            return
        try:
            for said in turn.must + turn.may:
                if said not in self._pieces:
                    yield from self._measured(said)
            place = turn.place
            frame = (place.language, place.node, place.phase, turn.then, bool(turn.sound))
            said_bytes = sum(self._pieces[said] for said in turn.must + turn.may)
            if frame not in self._frames:
                body = self._render(turn)
                self._frames[frame] = len(body) - said_bytes
                yield from _verbs(turn, ET.fromstring(body))  # noqa: S314 our own XML
        except Exception as e:  # noqa: BLE001 whatever breaks is what a check wants to know
            yield f"the line breaks ({type(e).__name__}: {e})", _OURS
            return
        if self._frames[frame] + said_bytes > TWIML_BYTES:
            what = f"sends more than {TWIML_BYTES:,} bytes in one turn, which the carrier refuses"
            yield what, "split what is said there"

    def _measured(self, said: Spoken) -> Iterator[Misfit]:
        alone = Turn(self._silent.place, (said,), (), HangUp())
        body = self._render(alone)
        self._pieces[said] = len(body) - len(self._render(self._silent))
        length = len("".join(ET.fromstring(body).itertext()))  # noqa: S314 our own XML
        if length > SAY_CHARACTERS:
            what = f'"{said.prompt}" has {length:,} characters, the carrier says {SAY_CHARACTERS:,}'
            yield what, "split the prompt"

    def _render(self, turn: Turn) -> bytes:
        # Not the kept one: thousands of turns would push out those of calls.
        sound = _SOUND_URL if turn.sound else ""
        return twiml.render(self._script, turn, _ROOT, _OWN_NUMBER, sound)


def _verbs(turn: Turn, document: ET.Element) -> Iterator[Misfit]:
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


def _gathered(turn: Turn, gather: ET.Element) -> Iterator[Misfit]:
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
