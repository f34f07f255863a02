"""The whole script as sections in call order: every word that a caller can hear, once.

It is built from the turns of the dialog, which are what callers hear, and not from the YAML.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import assert_never

from ivr.checks.measures.duration import seconds
from ivr.dialog import Place, Spoken
from ivr.dialog.build_turn import help_turn, turn
from ivr.dialog.context import Cue
from ivr.dialog.nodes.text import message
from ivr.dialog.nodes.transfer import FAILED, LASTED_SECONDS
from ivr.dialog.place import ANNOUNCED, LANGUAGES, REACHED
from ivr.dialog.prompts import spoken, spoken_number
from ivr.dialog.read_place import is_valid
from ivr.schedule.duty import Duty
from ivr.schedule.on_call import RUNGS
from ivr.script import nodes
from ivr.script.graph import edges
from ivr.script.model import Script
from ivr.transcript.labels import heading
from ivr.transcript.model import Block, Section, Utterance, utterances


def call_order(script: Script) -> tuple[str, ...]:
    """Return the nodes that are offered, each once: every choice to its end, then the next.

    What the main menu offers comes in its order, even if it is offered elsewhere, too. 911 and the
    goodbye, which can come at any time, are last.
    """
    graph = script.graph
    last = [graph.emergency, graph.goodbye]
    in_main_menu = {e.to for e in edges(graph.nodes[graph.home]) if e.kind == "choice"}
    order: list[str] = []

    def visit(node_id: str) -> None:
        if node_id in order or node_id in last or not script.is_offered(node_id):
            return
        order.append(node_id)
        for edge in edges(graph.nodes[node_id]):
            is_later = node_id != graph.home and edge.to in in_main_menu
            if edge.kind != "connect" and not is_later:
                visit(edge.to)

    for node_id in (graph.start, graph.home, graph.person, *graph.nodes):
        visit(node_id)
    return (*order, *last)


def sections(script: Script, language: str) -> tuple[Section, ...]:
    """Return all sections of a language, in the order in which a call comes to them."""
    if script.line.is_bridge(language):
        return tuple(_few_texts(script, language))
    audible = (
        *(section(script, language, node) for node in call_order(script)),
        *_anywhere(script, language),
        *_on_speaker(script, language),
    )
    return (*audible, *_not_said(script, language, audible))


def section(script: Script, language: str, node_id: str) -> Section:
    """Return the section of one node: all that a caller can hear there."""
    node = script.graph.nodes[node_id]
    title = _TITLES.get(type(node)) or heading(script, language, node_id)
    talks = node.of if isinstance(node, nodes.Talk | nodes.Check) else ()
    parts = "; ".join(heading(script, language, talk) for talk in talks)
    note = f"Goes through the parts of: {parts}." if parts else ""
    return Section(title, node_id, tuple(_blocks(script, Place(language, node_id))), note)


_TITLES: Mapping[type, str] = {
    nodes.Opening: "The first words",
    nodes.Emergency: "911",
    nodes.Goodbye: "Before the line hangs up",
    nodes.Voicemail: "A message for the agency",
    nodes.Text: "The numbers as a text message",
}


def _blocks(script: Script, place: Place) -> Iterator[Block]:
    """Yield what is said at a node, in the order in which a caller comes to it."""
    node = script.graph.nodes[place.node]
    match node:
        case nodes.Opening():
            yield _block(script, "When the line answers", place)
            if script.line.other_languages:
                menu = place._replace(phase=LANGUAGES)
                yield _block(script, "After the key for other languages", menu)
        case nodes.Menu():
            yield from _menu(script, place, node)
        case nodes.Talk():
            yield from _talk(script, place, node)
        case nodes.Check():
            yield from _check(script, place, node)
        case nodes.Transfer():
            yield from _transfer(script, place, node)
        case (
            nodes.Agency() | nodes.Voicemail() | nodes.Text() | nodes.Emergency() | nodes.Goodbye()
        ):
            yield from _BY_KIND[type(node)](script, place)
        case _:
            assert_never(node)


def _block(script: Script, title: str, place: Place, note: str = "") -> Block:
    return Block(title, utterances(script, turn(script, place)), note)


def _cued(script: Script, place: Place, cues: Mapping[str, str], *, must: bool) -> Iterator[Block]:
    """Yield prompts that are said on the way to a place, without what the place says itself."""
    for prompt, title in cues.items():
        cued = turn(script, place, (Cue(prompt, must=must),))
        yield Block(title, utterances(script, cued)[:1])


def _menu(script: Script, place: Place, node: nodes.Menu) -> Iterator[Block]:
    if node.first:
        yield _block(script, "On the way in, after the language", place._replace(first=True))
    title = "Each time a caller comes back" if node.first else ""
    yield _block(script, title, place)


def _talk(script: Script, place: Place, node: nodes.Talk) -> Iterator[Block]:
    count = len(script.steps(place.node))
    own = range(len(node.steps) or 1)  # one that only borrows is shown by its first step
    for i in own:
        yield _block(script, f"Part {i + 1} of {count}", place._replace(step=i))
    if node.choices:
        yield _block(script, "At the end", place._replace(step=count))


def _check(script: Script, place: Place, node: nodes.Check) -> Iterator[Block]:
    count = len(script.steps(place.node))
    yield _block(script, f"Question 1 of {count}", place)
    if count > 1:
        note = "All others are asked like this."
        yield _block(script, f"Question 2 of {count}", place._replace(step=1), note)
    end = Place(place.language, node.then)
    for prompt, title in (
        ("check.none", "At the end, if no answer was yes"),
        ("check.one", "At the end, if one was yes"),
        ("check.some", "At the end, if several were yes"),
    ):
        yield Block(title, utterances(script, turn(script, end, (Cue(prompt, count=3),)))[:1])


def _transfer(script: Script, place: Place, node: nodes.Transfer) -> Iterator[Block]:
    yield _block(script, "What it is", place)
    number = turn(script, place._replace(phase="number"))
    yield Block("Its number, said slowly", utterances(script, number)[:1])
    rings = f"Rings {script.line.destinations[node.destination].number}."
    yield _block(script, "Before it rings", place._replace(phase="dial"), rings)
    if place.node == script.graph.person:
        for phase in ("completed", *sorted(FAILED)):
            yield _block(script, _ENDED[phase], place._replace(phase=phase), _WITH_ALL)
        if script.graph.reached:
            title = f"After a talk of over {LASTED_SECONDS} seconds"
            yield _block(script, title, place._replace(phase=REACHED), _WITH_ALL)


_WITH_ALL = "The same with every other number."
_ENDED = {
    "completed": "After the call",
    "busy": "If it is busy",
    "no-answer": "If no one answers",
    "failed": "If the call fails",
}


def _agency(script: Script, place: Place) -> Iterator[Block]:
    """Yield what is said at the agency while it is open, while it is closed, and as it rings."""
    phases = _OPEN if script.line.office.numbers else ()
    phases += _ON_CALL if script.line.on_call else ()
    phases += _CLOSED if script.line.on_call or script.line.hours else ()
    for phase, step, title in phases:
        at = place._replace(phase=phase, step=step, since=int(phase == "call"))
        if is_valid(script, at):
            yield Block(title, utterances(script, turn(script, at, duty=_SOMEBODY_ON_CALL)))


_Phases = tuple[tuple[str, int, str], ...]
"""A place's phase, its step, and the title of what is said there."""

_OPEN: _Phases = (
    ("open", 0, "While the office is open"),
    ("dial", 0, "Before it rings"),
    ("dial", 1, "If no one answers, before the next rings"),
    ("busy", 0, "If it is busy"),
    ("no-answer", 0, "If no one answers"),
)
_ON_CALL: _Phases = (
    ("on-call", 0, "While it is closed, and somebody is on call"),
    ("call", 0, "Before the person on call is rung"),
    ("call", 1, "Before the next one is rung"),
    ("unreached", 0, "If no one on call answers"),
)
_CLOSED: _Phases = (("closed", 0, "While it is closed, and nobody is on call"),)
_SOMEBODY_ON_CALL = Duty(is_open=False, ladder=("",) * RUNGS)
"""People on call without their numbers: a transcript has words, not numbers."""


def _voicemail(script: Script, place: Place) -> Iterator[Block]:
    """Yield what is said before a message is recorded, and after it."""
    for title, at in (
        ("Before", place),
        ("After the yes", place._replace(phase="safe")),
        ("If it is safe to call back, before the tone", place._replace(phase="begin", safe=True)),
        ("If it is not, before the tone", place._replace(phase="begin")),
        ("After the message", place._replace(phase="review", recording=f"RE{0:032x}")),
    ):
        yield _block(script, title, at)
    cues = {
        "voicemail.empty": "If nothing was said",
        "voicemail.unheard": "If it cannot be played",
        "voicemail.kept": "If it is kept",
        "voicemail.kept-urgent": "If it is urgent",
        "voicemail.deleted": "If it is deleted",
    }
    yield from _cued(script, place, cues, must=False)


def _text(script: Script, place: Place) -> Iterator[Block]:
    yield _block(script, "After 8", place)
    sent = Spoken(place.language, message(script, place.language), "text.message")
    yield Block("What is sent, not said", (Utterance(sent, False, 0.0),))
    cues = {
        "text.sent": "When it is sent",
        "text.late": "If the carrier takes its time",
        "text.refused": "If it cannot be sent",
        "text.stopped": "If this telephone wants no texts",
        "text.enough": "If so many were sent already",
    }
    yield from _cued(script, place, cues, must=False)


def _emergency(script: Script, place: Place) -> Iterator[Block]:
    yield _block(script, "After 9", place)
    if not script.line.emergency.bridge:
        return
    yield _block(script, "If a caller asked for it by voice", place._replace(phase="asked"))
    cues = {
        "emergency.stopped": "If the caller stops it",
        "emergency.ended": "After the call to 911",
        "emergency.failed": "If the call to 911 fails",
    }
    yield from _cued(script, Place(place.language, script.graph.home), cues, must=True)


def _goodbye(script: Script, place: Place) -> Iterator[Block]:
    yield _block(script, "The number, twice, then the call ends", place)


_BY_KIND: Mapping[type, Callable[[Script, Place], Iterator[Block]]] = {
    nodes.Agency: _agency,
    nodes.Voicemail: _voicemail,
    nodes.Text: _text,
    nodes.Emergency: _emergency,
    nodes.Goodbye: _goodbye,
}
"""Kinds whose fields make no difference to what blocks there are."""


def _few_texts(script: Script, language: str) -> Iterator[Section]:
    """Yield the few texts of a language that lead to the hotline."""
    start = Place(language, script.graph.person)
    blocks = (
        _block(script, "Once it is chosen", start._replace(first=True)),
        _block(script, "After a silence", start._replace(tries=1)),
        _block(script, "After the next one", start._replace(phase=ANNOUNCED)),
        _block(script, "Before it rings", start._replace(phase="dial")),
        _block(script, _ENDED["no-answer"], start._replace(phase="no-answer")),
    )
    yield Section("The call to the hotline", script.graph.person, blocks)
    yield section(script, language, script.graph.goodbye)


def _anywhere(script: Script, language: str) -> Iterator[Section]:
    """Yield what can be said at any place: the keys, the ladder, and the lifeboat."""
    home = Place(language, script.graph.home)
    helped = help_turn(script, home)
    own = replace(helped, may=helped.may[: len(helped.may) - len(turn(script, home).may)])
    keys = utterances(script, own)
    cues = {
        "pace.normal": "After 7 again",
        "language.changed": "After 6",
        "home.here": "After * at the main menu",
    }
    yield Section(
        "Keys that work everywhere",
        "",
        (
            Block("After # twice: all the keys", keys, "Then what the place itself says."),
            *_cued(script, home._replace(slow=True), {"pace.slow": "After 7"}, must=False),
            *_cued(script, home, cues, must=False),
        ),
    )
    ladder: list[Block] = []
    for kind, title in (("noinput", "Silence"), ("nomatch", "A key that does nothing")):
        for rung, times in ((1, "once"), (2, "twice"), (_LAST, "a third time")):
            if (kind, rung, script.line.silence) != ("noinput", _LAST, "goodbye"):
                cue = {f"{kind}.{rung}": f"{title}, {times}"}
                ladder += _cued(script, home, cue, must=rung == _LAST)
    yield Section("When a caller is silent, or a key does nothing", "", tuple(ladder))
    fallback = Block("Then the hotline rings", _lifeboat(script, language))
    yield Section("If the line itself breaks", "", (fallback,))


_LAST = 3
"""The rung of the ladder after which the hotline rings, or the line says goodbye."""


def _lifeboat(script: Script, language: str) -> tuple[Utterance, ...]:
    words = spoken(script, Place(language, script.graph.person), "lifeboat")
    number = spoken_number(script.hotline.number or "")
    slowly = Spoken(language, number, "lifeboat", slow=True)
    return tuple(Utterance(part, True, seconds(script, part)) for part in (words, slowly))


def _on_speaker(script: Script, language: str) -> Iterator[Section]:
    """Yield the words of a voice assistant that differ from the phone's, blanks unfilled."""
    phone, speaker = script.words[language].prompts, script.speaker.get(language)
    if speaker is None:
        return
    blocks = []
    for name, prompt in speaker.prompts.items():
        title = f'In place of "{phone[name].text}"' if name in phone else "Said there alone"
        words = Spoken(language, prompt.text, name)
        utterance = Utterance(words, False, seconds(script.on_speaker, words))
        blocks.append(Block(title, (utterance,), on_speaker=True))
    note = "All other words are those of the phone, without its keys."
    yield Section("On a voice assistant", "", tuple(blocks), note)


def _not_said(script: Script, language: str, audible: tuple[Section, ...]) -> Iterator[Section]:
    """Yield the prompts that no caller hears with the present line.yaml: no number, no bridge."""
    shown = {
        utterance.spoken.prompt.rpartition("/")[2]
        for section in audible
        for block in section.blocks
        for utterance in block.utterances
    }
    shown |= {step for node in script.graph.nodes for step in script.steps(node)}
    unheard = [
        Spoken(language, prompt.text, name)  # blanks unfilled
        for name, prompt in script.words[language].prompts.items()
        if name not in shown and not _is_part_of_others(script, name)
    ]
    if unheard:
        parts = tuple(Utterance(words, False, seconds(script, words)) for words in unheard)
        note = "Other settings, or a number that is missing now, would make the line say these."
        yield Section("Not said at present", "", (Block("", parts),), note)


def _is_part_of_others(script: Script, prompt: str) -> bool:
    """Return whether a prompt is only heard within others: the pattern of choices, a name."""
    if prompt.startswith("destination."):
        return script.line.destinations[prompt.partition(".")[2]].number is not None
    return prompt in {"choice", "check.ask", "key.star", "key.pound"}
