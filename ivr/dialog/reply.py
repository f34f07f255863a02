"""What happens next: from a place and an event to the next place and its turn."""

import datetime as dt
from dataclasses import replace

from ivr.dialog import agency, texting, voicemail
from ivr.dialog.agency import FAILED
from ivr.dialog.build_turn import Cue, help_turn, turn
from ivr.dialog.context import Call, Next
from ivr.dialog.events import DialEnded, Event, Key, Recorded, Silence, Speech, TextEnded, Unheard
from ivr.dialog.node_keys import onward, own_key
from ivr.dialog.place import DIALLING, MAX_TRIES, Place
from ivr.dialog.speech_match import understand
from ivr.dialog.turn import Dial, Fact, SendText, Turn
from ivr.dialog.universals import RESERVED, back, danger, person, texts
from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.script.nodes import Agency, Emergency, Goodbye, Opening, Talk, Text, Transfer, Voicemail


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
    call = Call(script, place)
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


def _done(call: Call, key: str, there: Turn) -> Turn:
    """Add what a key does beyond leading on: play a message, send a text message."""
    if isinstance(call.node, Text) and key == "1":
        body = texting.message(call.script, call.place.language)
        return replace(there, must=(), may=(), then=SendText(body))
    sound = voicemail.sound(call.script, call.place, key)
    return replace(there, sound=sound) if sound else there


def _key(call: Call, event: Event) -> tuple[str, str]:
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


def _after(call: Call, event: Event, key: str, moment: dt.datetime) -> Next:
    if isinstance(event, DialEnded) or call.place.phase in DIALLING:
        status = event.status if isinstance(event, DialEnded) else ""
        if isinstance(call.node, Agency):
            return agency.ended(call.script, call.place, status, moment), ()
        return _dial_ended(call, status)
    if isinstance(event, TextEnded):
        there, _ = back(call)
        return there, (Cue(f"text.{event.status}", must=True),)
    if isinstance(event, Recorded | Unheard) or call.place.phase == "record":
        return _recorded(call, event, key)
    return _next(call, event, key)


def _recorded(call: Call, event: Event, key: str) -> Next:
    """Go on behind a message; the key that ended it may be one that works everywhere."""
    if isinstance(event, Unheard):
        return call.place.anew(), (Cue("voicemail.unheard"),)
    if isinstance(event, Key | Speech):  # which the carrier does not send from here
        return _next(call, event, key)
    if isinstance(event, Recorded) and event.seconds and event.key in {"0", "9"}:
        return person(call) if event.key == "0" else danger(call)
    if not isinstance(call.node, Voicemail):  # the script has changed: the message stays
        return call.place.anew(), ()
    there, prompt = voicemail.ended(call.place, event)
    return there, (Cue(prompt),) if prompt else ()


def _next(call: Call, event: Event, key: str) -> Next:
    if isinstance(call.node, Goodbye):
        return call.place, ()
    if isinstance(event, Silence):
        return _silence(call)
    # A key of a place's own shows that its language was understood; 0 and a wrong one do not.
    sure = Call(call.script, replace(call.place, unsure=False))
    if isinstance(call.node, Emergency) and (gone := _emergency(sure, key)):
        return gone
    if isinstance(event, Speech) and _means_911(sure, key):
        bridge = sure.script.line.emergency.bridge
        return sure.aside(sure.script.graph.emergency, "asked" if bridge else ""), ()
    if key == "0":
        return person(call)
    if rule := RESERVED.get(key):
        return rule(sure)
    if key == "8" and (to := texts(sure)):
        return sure.aside(to), ()
    return own_key(sure, key) or _ladder(call, "nomatch")


def _means_911(call: Call, key: str) -> bool:
    """Tell whether a key leads to 911; asked for in words, it takes a key or a yes (rule 6)."""
    chosen = call.script.choices(call.node).get(key)
    return key == "9" or (chosen is not None and chosen.to == call.script.graph.emergency)


def _dial_ended(call: Call, status: str) -> Next:
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


def _emergency(call: Call, key: str) -> Next | None:
    """9 again connects at once, * stops it (rule 6); the other keys mean what they always mean."""
    if key == "*":
        there, cues = back(call)
        stopped = Cue("emergency.stopped", must=True)
        return there, (stopped, *cues) if call.script.line.emergency.bridge else cues
    if key == "9" and call.script.line.emergency.bridge:
        return replace(call.place.anew(), phase="dial"), ()
    return None


def _silence(call: Call) -> Next:
    node, place, script = call.node, call.place, call.script
    match node:
        case Opening():
            # The first rung: the main menu in the default language, the others offered in theirs.
            there = replace(call.go(node.then), first=True, unsure=call.unsure, tries=1)
            return there, _in_all(call, "noinput.1")
        case Talk() if place.step < len(script.steps(place.node)):
            return onward(call, node)
        case Emergency() if script.line.emergency.bridge and not place.phase:
            return replace(place.anew(), phase="dial"), ()
        case Voicemail() if place.phase == "begin":
            return voicemail.begun(place), ()
    return _ladder(call, "noinput")


def _ladder(call: Call, kind: str) -> Next:
    """Climb: two kind messages, then the hotline is rung, once; then the numbers (rule 4)."""
    place, script = call.place, call.script
    if place.tries < MAX_TRIES:
        there = replace(place, tries=place.tries + 1, again=False, first=False)
        return there, _in_all(call, f"{kind}.{there.tries}")
    if place.rang or (kind == "noinput" and script.line.silence == "goodbye"):
        return call.go(script.graph.goodbye), ()
    there = call.aside(script.graph.person, "dial")
    return replace(there, rang=True), _in_all(call, f"{kind}.3", must=True)


def _in_all(call: Call, prompt: str, *, must: bool = False) -> tuple[Cue, ...]:
    """Say it in the caller's language, or in every one where that is not known yet."""
    codes = call.script.line.languages if call.unsure else [call.place.language]
    return tuple(Cue(prompt, must=must, language=code) for code in codes)
