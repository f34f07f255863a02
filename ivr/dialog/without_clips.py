"""What callers hear if a clip is lost in a language that no voice of the carrier speaks.

Nobody else can say these words, so the default language steps in: callers hear the hotline's number
in it, and are connected. They are never left in silence.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from ivr.dialog.build_turn import turn as build
from ivr.dialog.context import ANY_DUTY, Context, Cue
from ivr.dialog.prompts import spoken
from ivr.dialog.turn import Dial, Fact, HangUp, Spoken, Turn
from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.script.nodes import Transfer

_NUMBER = Cue("transfer.number", must=True, slow=True)


def without_clips(
    script: Script, turn: Turn, lost: Collection[Spoken], duty: Duty | None = None
) -> Turn:
    """Return what is said and done in place of a turn, some of whose words have lost their clips.

    Lost words in the language of the place lead on in the default language. Others are left out of
    what is said in other languages, or are the name of a language, which then is said in the
    default one.
    """
    if any(words.language == turn.place.language for words in lost):
        return _in_default_language(script, turn, duty or ANY_DUTY)
    must, may = (tuple(_replaced(script, turn, words, lost)) for words in (turn.must, turn.may))
    return replace(turn, must=must, may=may)


def _in_default_language(script: Script, turn: Turn, duty: Duty) -> Turn:
    """Return the turn in the default language from which the call goes on.

    Whoever is to be rung now is rung; the warning before 911 and the goodbye stay what they are;
    from anywhere else the hotline is rung.
    """
    place = turn.place._replace(language=script.line.default_language)
    if isinstance(turn.verb, Dial):
        cues = (_NUMBER,) if isinstance(script.node(place.node), Transfer) else ()
        return replace(build(script, place, cues, duty), verb=turn.verb, facts=turn.facts)
    if isinstance(turn.verb, HangUp) or place.node == script.graph.emergency:
        return build(script, place, duty=duty).with_facts(turn.facts)
    context: Context[Any] = Context(script, place)
    hotline = context.divert(script.graph.person, "dial")._replace(auto_rang=True)
    dial = tuple(Fact("dial", hotline.node, "", fact.at) for fact in turn.facts[:1])
    return build(script, hotline, (_NUMBER,)).with_facts((*turn.facts, *dial))


def _replaced(
    script: Script, turn: Turn, utterances: Collection[Spoken], lost: Collection[Spoken]
) -> Iterator[Spoken]:
    default = script.line.default_language
    for words in utterances:
        if words not in lost:
            yield words
        elif words.prompt == "language.name":
            called = script.line.languages[words.language].called.get(default, "")
            key = "".join(filter(str.isdigit, words.text))
            if called and key:
                yield spoken(script, turn.place, "choice", language=default, task=called, key=key)
