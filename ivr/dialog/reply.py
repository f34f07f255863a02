"""What happens next: from a place and an event to the next place and its turn."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from ivr.dialog import agency, texting, voicemail, wording
from ivr.dialog.agency import FAILED
from ivr.dialog.events import (
    DialEnded,
    Event,
    Key,
    Recorded,
    Silence,
    Speech,
    TextEnded,
    Unheard,
)
from ivr.dialog.place import DIALLING, MAX_TRIES, Place
from ivr.dialog.saying import Cue, help_turn, next_language, turn
from ivr.dialog.turn import Dial, Fact, SendText, Turn
from ivr.dialog.understand import understand
from ivr.script.model import Duty, Script
from ivr.script.nodes import (
    Agency,
    Check,
    Emergency,
    Goodbye,
    Node,
    Opening,
    Talk,
    Text,
    Transfer,
    Voicemail,
)

Next = tuple[Place, tuple[Cue, ...]]
"""Where the call goes, and what is said on the way in."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A script and a place in it: what all rules below look at."""

    script: Script
    place: Place

    @property
    def node(self) -> Node:
        return self.script.graph.nodes[self.place.node]

    def go(self, node: str, step: int = 0) -> Place:
        """Return the place at another node, keeping what belongs to the whole call."""
        here = self.place
        there = Place(here.language, node, step=step, slow=here.slow, rang=here.rang)
        return replace(there, texts=here.texts)

    def aside(self, node: str, phase: str = "") -> Place:
        """Go to a person or 911 from anywhere, remembering where to come back to.

        Never back to the 911 warning, where silence dials: a caller has to ask for that anew.
        """
        here = self.place
        left = self.script.graph.home if isinstance(self.node, Emergency) else here.node
        step = 0 if isinstance(self.node, Emergency) else here.step
        back = here.back or f"{left}.{step}"
        there = replace(self.go(node), phase=phase, back=back)
        return replace(there, yes=here.yes, unsure=self.unsure)

    @property
    def unsure(self) -> bool:
        """Whether the caller's language is not known yet, and could be another."""
        several = len(self.script.words) > 1
        return self.place.unsure or (several and isinstance(self.node, Opening))


def answer(script: Script, moment: dt.datetime, *, texts: bool = False) -> Turn:
    """Return the first turn of a call: hang up and dial 911 if in danger, then the language.

    `texts` tells whether the caller's telephone can be sent a text message.
    """
    offered = texts and script.graph.text is not None and script.line.text_me
    place = Place(script.line.default_language, script.graph.start, texts=offered)
    return replace(turn(script, place), facts=(Fact("answer", place.node, "", moment),))


def reply(
    script: Script, place: Place, event: Event, moment: dt.datetime, duty: Duty | None = None
) -> Turn:
    """Return the next turn: what the line does about an event at a place.

    The place must fit the script, as `Place.read` makes sure. The same place and event give the
    same turn; the moment dates the facts, and tells who is on `duty` at the agency unless told.
    What those on duty announce is heard only where they are told.
    """
    call = _Call(script, place)
    key, detail = _key(call, event)
    facts = [Fact(_what(event, key), place.node, detail, moment)]
    if key == "#" and place.again and place.phase not in DIALLING:
        here = help_turn(script, replace(place.anew(), unsure=False), duty)
    else:
        there, cues = _after(call, event, key, moment)
        if isinstance(script.node(there.node), Agency):
            duty = duty or script.duty(moment)
            there = agency.arrive(there, duty, moment)
        here = _done(call, key, turn(script, there, cues, duty))
    deeds = voicemail.deeds(place, event, key)
    facts += [Fact(what, place.node, recording, moment) for what, recording in deeds]
    if isinstance(here.then, Dial):
        facts.append(Fact("dial", here.place.node, "", moment))
    return replace(here, facts=tuple(facts))


def _done(call: _Call, key: str, there: Turn) -> Turn:
    """Add what a key does beyond leading on: play a message, send a text message."""
    if isinstance(call.node, Text) and key == "1":
        body = texting.message(call.script, call.place.language)
        return replace(there, must=(), may=(), then=SendText(body))
    return replace(there, sound=voicemail.sound(call.script, call.place, key))


def _key(call: _Call, event: Event) -> tuple[str, str]:
    """Return the key that an event stands for ("" for none), and how it came, as a fact tells."""
    match event:
        case Key(keys):
            return (keys, keys) if len(keys) == 1 and keys in "0123456789*#" else ("?", "")
        case Speech(words, confidence):
            key = understand(call.script, call.place, words, confidence)
            return (key or "?", key or "")
        case DialEnded(status) | TextEnded(status):
            return "", status
        case Silence() | Recorded() | Unheard():
            return "", ""


def _what(event: Event, key: str) -> str:
    kinds = {
        Silence: "noinput",
        DialEnded: "outcome",
        Speech: "speech",
        Key: "key",
        Recorded: "recorded",
        Unheard: "unheard",
        TextEnded: "text",
    }
    return "nomatch" if key == "?" else kinds[type(event)]


def _after(call: _Call, event: Event, key: str, moment: dt.datetime) -> Next:
    if isinstance(event, DialEnded) or call.place.phase in DIALLING:
        status = event.status if isinstance(event, DialEnded) else ""
        if isinstance(call.node, Agency):
            return agency.ended(call.script, call.place, status, moment), ()
        return _dial_ended(call, status)
    if isinstance(event, TextEnded):
        there, _ = _back(call)
        return there, (Cue(f"text.{event.status}", must=True),)
    if isinstance(event, Recorded | Unheard) or call.place.phase == "record":
        return _recorded(call, event, key)
    return _next(call, event, key)


def _recorded(call: _Call, event: Event, key: str) -> Next:
    """Go on behind a message; the key that ended it may be one that works everywhere."""
    if isinstance(event, Unheard):
        return call.place.anew(), (Cue("voicemail.unheard"),)
    if isinstance(event, Key | Speech):  # which the carrier does not send from here
        return _next(call, event, key)
    if isinstance(event, Recorded) and event.seconds and event.key in {"0", "9"}:
        return _person(call) if event.key == "0" else _danger(call)
    if not isinstance(call.node, Voicemail):  # the script has changed: the message stays
        return call.place.anew(), ()
    there, prompt = voicemail.ended(call.place, event)
    return there, (Cue(prompt),) if prompt else ()


def _next(call: _Call, event: Event, key: str) -> Next:
    if isinstance(call.node, Goodbye):
        return call.place, ()
    if isinstance(event, Silence):
        return _silence(call)
    # A key of a place's own shows that its language was understood; 0 and a wrong one do not.
    sure = _Call(call.script, replace(call.place, unsure=False))
    if isinstance(call.node, Emergency) and (gone := _emergency(sure, key)):
        return gone
    if isinstance(event, Speech) and _means_911(sure, key):
        bridge = sure.script.line.emergency.bridge
        return sure.aside(sure.script.graph.emergency, "asked" if bridge else ""), ()
    if key == "0":
        return _person(call)
    if rule := _RESERVED.get(key):
        return rule(sure)
    if key == "8" and (to := _texts(sure)):
        return sure.aside(to), ()
    return _own_key(sure, key) or _ladder(call, "nomatch")


def _texts(call: _Call) -> str | None:
    """Return the node that sends the numbers as a text message, where 8 leads to it."""
    elsewhere = isinstance(call.node, Opening | Emergency | Text)
    return call.script.graph.text if call.place.texts and not elsewhere else None


def _means_911(call: _Call, key: str) -> bool:
    """Tell whether a key leads to 911; asked for in words, it takes a key or a yes (rule 6)."""
    chosen = call.script.choices(call.node).get(key)
    return key == "9" or (chosen is not None and chosen.to == call.script.graph.emergency)


def _own_key(call: _Call, key: str) -> Next | None:
    """Return where a key leads that belongs to this node, or None where it leads nowhere."""
    node, place, script = call.node, call.place, call.script
    match node:
        case Opening():
            codes = list(script.line.languages)
            if key in {str(i + 1) for i in range(len(codes))}:
                there = replace(place, language=codes[int(key) - 1])
                return replace(_Call(script, there).go(node.then), first=True), ()
            return None
        case Talk() if key == "1" and place.step < len(script.steps(place.node)):
            return _onward(call, node)
        case Check():
            return _answered(call, node, key)
        case Transfer() | Agency():
            return _transfer(call, node, key)
        case Voicemail():
            return _message(call, key)
        case Text():
            return (place.anew(), ()) if key == "1" else None
        case _:
            return _chosen(call, node, key)


def _chosen(call: _Call, node: Node, key: str) -> Next | None:
    choice = call.script.choices(node).get(key)
    if choice is None:
        return None
    if choice.connect:
        return call.aside(choice.to, "dial"), ()
    return call.go(choice.to), ()


def _onward(call: _Call, node: Talk) -> Next:
    """Go to a talk's next step; behind the last one stand its choices, or another node."""
    step = call.place.step + 1
    if step < len(call.script.steps(call.place.node)) or node.choices:
        return call.go(call.place.node, step), ()
    return call.go(node.then or call.script.graph.home), ()


def _answered(call: _Call, node: Check, key: str) -> Next | None:
    """Keep the answer to a step of a check; behind the last one say how many were yes."""
    if key not in {"1", "2", "3"}:
        return None
    place = call.place
    yes = place.yes | (1 << place.step) if key == "1" else place.yes
    step = place.step + 1
    if step < len(call.script.steps(place.node)):
        return replace(call.go(place.node, step), yes=yes), ()
    count = yes.bit_count()
    prompt = {0: "check.none", 1: "check.one"}.get(count, "check.some")
    return call.go(node.then), (Cue(prompt, count=count),)


def _transfer(call: _Call, node: Transfer | Agency, key: str) -> Next | None:
    place, script = call.place, call.script
    if key == "1" and place.phase != "closed":
        return replace(place.anew(), phase="dial"), ()
    if key == "2" and place.phase in agency.SHUT and wording.has_number(script, place.node):
        phase = "on-call" if place.phase == "unreached" else place.phase
        return replace(place.anew(), phase=phase), (Cue("transfer.number", slow=True),)
    if key == "2" and wording.has_number(script, place.node):
        return replace(place.anew(), phase="number"), ()
    if key == "3" and node.next and script.is_offered(node.next):
        phase = "dial" if place.phase in FAILED else ""
        return replace(call.go(node.next), phase=phase, back=place.back, yes=place.yes), ()
    if key == "4" and isinstance(node, Agency) and place.phase in agency.SHUT | FAILED:
        to = node.voicemail
        if to and script.is_offered(to):
            return replace(call.go(to), back=place.back, yes=place.yes), ()
    return None


def _message(call: _Call, key: str) -> Next | None:
    led = voicemail.pressed(call.script, call.place, key)
    if led is None:
        return None
    there, prompt = led
    return there, (Cue(prompt, must=True),) if prompt else ()


def _dial_ended(call: _Call, status: str) -> Next:
    """Come back from a call that ended, however it did (DESIGN, rule 5)."""
    script = call.script
    answered = status in {"completed", "answered"}
    if isinstance(call.node, Emergency):
        prompt = "emergency.ended" if answered else "emergency.failed"
        return call.go(script.graph.home), (Cue(prompt, must=True),)
    if not isinstance(call.node, Transfer):
        return call.place.anew(), ()
    known = status if status in FAILED else "failed"
    return replace(call.place.anew(), phase="completed" if answered else known), ()


def _emergency(call: _Call, key: str) -> Next | None:
    """9 again connects at once, * stops it (rule 6); the other keys mean what they always mean."""
    if key == "*":
        there, cues = _back(call)
        stopped = Cue("emergency.stopped", must=True)
        return there, (stopped, *cues) if call.script.line.emergency.bridge else cues
    if key == "9" and call.script.line.emergency.bridge:
        return replace(call.place.anew(), phase="dial"), ()
    return None


def _silence(call: _Call) -> Next:
    node, place, script = call.node, call.place, call.script
    match node:
        case Opening():
            # The first rung: the main menu in the default language, the others offered in theirs.
            there = replace(call.go(node.then), first=True, unsure=call.unsure, tries=1)
            return there, _in_all(call, "noinput.1")
        case Talk() if place.step < len(script.steps(place.node)):
            return _onward(call, node)
        case Emergency() if script.line.emergency.bridge and not place.phase:
            return replace(place.anew(), phase="dial"), ()
        case Voicemail() if place.phase == "begin":
            return voicemail.begun(place), ()
    return _ladder(call, "noinput")


def _ladder(call: _Call, kind: str) -> Next:
    """Climb: two kind messages, then the hotline is rung, once; then the numbers (rule 4)."""
    place, script = call.place, call.script
    if place.tries < MAX_TRIES:
        there = replace(place, tries=place.tries + 1, again=False, first=False)
        return there, _in_all(call, f"{kind}.{there.tries}")
    if place.rang or (kind == "noinput" and script.line.silence == "goodbye"):
        return call.go(script.graph.goodbye), ()
    there = call.aside(script.graph.person, "dial")
    return replace(there, rang=True), _in_all(call, f"{kind}.3", must=True)


def _in_all(call: _Call, prompt: str, *, must: bool = False) -> tuple[Cue, ...]:
    """Say it in the caller's language, or in every one where that is not known yet."""
    codes = call.script.line.languages if call.unsure else [call.place.language]
    return tuple(Cue(prompt, must=must, language=code) for code in codes)


def _person(call: _Call) -> Next:
    return call.aside(call.script.graph.person, "dial"), ()


def _danger(call: _Call) -> Next:
    return call.aside(call.script.graph.emergency), ()


def _back(call: _Call) -> Next:
    """Go back: to where 0 or 9 was pressed, a step back, or up to the menu above."""
    place, script = call.place, call.script
    kept = (Cue("voicemail.kept", must=True),) if place.phase == "review" else ()
    if place.back:
        there = place.origin()
        return (there if there.fits(script) else call.go(script.graph.home)), kept
    if place.step:
        below = place.yes & ((1 << (place.step - 1)) - 1)
        return replace(call.go(place.node, place.step - 1), yes=below), ()
    if place.node in {script.graph.home, script.graph.start}:
        return place.anew(), (Cue("home.here"),) if place.node == script.graph.home else ()
    above = script.parents.get(place.node, script.graph.home)
    behind = len(script.steps(above)) if isinstance(script.node(above), Talk) else 0
    return call.go(above, behind), kept


def _again(call: _Call) -> Next:
    return replace(call.place.anew(), again=True), ()


def _pace(call: _Call) -> Next:
    there = replace(call.place.anew(), slow=not call.place.slow)
    return there, (Cue("pace.slow" if there.slow else "pace.normal"),)


def _language(call: _Call) -> Next:
    place = call.place
    there = replace(place.anew(), language=next_language(call.script, place.language))
    if isinstance(call.node, Opening):
        there = replace(_Call(call.script, there).go(call.node.then), first=True)
    return there, (Cue("language.changed"),)


_RESERVED: dict[str, Callable[[_Call], Next]] = {
    "9": _danger,
    "*": _back,
    "#": _again,
    "7": _pace,
    "6": _language,
}
