"""safety: do the words protect callers and children?

- **error**: a way to a destination on which the caller does not hear "do not confront" first; a
  destination other than the hotline that nothing is said about, so that it would ring unheard; a
  promise that all is anonymous or confidential (hotline staff may have to report harm to a child);
  a text which says that a call to a national hotline fulfils the duty to report; an opening that
  names trafficking or abuse, since a caller may be on speaker; a choice or prompt that scolds.
- **error** in the text message that 8 sends (`text.message`), which stays on a telephone: a word
  that gives away the subject, the agency's name, more than 160 characters, or a character that
  splits it into several messages (á, í, ó, ú; é and ñ do not). One in other letters, as in Chinese
  or Arabic, has 134 characters at most.
- **error** in the answer to texts (`answer_texts:` in line.yaml): the same, more than 306
  characters in all, a language that has none or that the line does not have, an answer that does
  not say 911 or the hotline's number.
- **warning**: a language without a lexicon, so that its words cannot be checked.

    prompts/menu.yaml:97:3 safety: "ncmec" is reached by main, report, who without "do not
    confront" in "en": say it at one of these, before the choice is made
"""

import re
from collections.abc import Iterator
from typing import assert_never

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.checks.measures.lexicon import lexicon, plain
from ivr.checks.measures.limits import GSM_7, TEXT_CHARACTERS, UNICODE_TEXT_CHARACTERS
from ivr.dialog.nodes.text import MESSAGE, message
from ivr.problem import Problem
from ivr.script.model import Script
from ivr.script.nodes import (
    Agency,
    Check,
    Emergency,
    Goodbye,
    Menu,
    Opening,
    Talk,
    Text,
    Transfer,
    Voicemail,
)
from ivr.sms.answer import ANSWER_CHARACTERS, NUMBER, TEXT, answer, filled

ID = "safety"
SAFETY = True


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield the words that could harm, and the ways on which a warning is missing."""
    script = context.script
    yield from _unheard(context)
    if script.line.answer_texts:
        yield from _answer(context)
    for language in script.words:
        patterns = lexicon(language)
        if script.graph.text:
            yield from _text(context, language, patterns.opening if patterns else ())
        if patterns is None:
            text = f'there is no lexicon for "{language}", so its words are not checked'
            finding = Finding(
                ID, text, "have them read by somebody who helps such callers", "warning"
            )
            yield context.in_line(("languages", language), finding)
            continue
        yield from _opening(context, language, patterns.opening)
        for harmful, what, remedy in (
            (
                patterns.promises,
                "promises",
                "leave it out: say that callers need not give their name",
            ),
            (patterns.fulfils, _FULFILS, "leave it out: the law requires a report to the state"),
            (patterns.scolds, "scolds", "say it kindly, without blame"),
        ):
            yield from _texts_with(context, language, harmful, what, remedy)
        yield from _confront(context, language, patterns.confront)


_FULFILS = "says that the duty to report is fulfilled"


def _texts_with(
    context: ScriptContext,
    language: str,
    patterns: tuple[re.Pattern[str], ...],
    what: str,
    remedy: str,
) -> Iterator[Problem]:
    for prompt, entry in context.script.words[language].every_text():
        for pattern in patterns:
            if match := pattern.search(plain(entry)):
                text = f'"{prompt}" {what}: "{match.group()}"'
                yield context.in_words(language, prompt, Finding(ID, text, remedy))


def _answer(context: ScriptContext) -> Iterator[Problem]:
    """Yield faults of the answer to texts."""
    script = context.script
    for language in script.words:
        patterns = lexicon(language)
        text = script.line.answer_texts.get(language)
        for what, remedy in _answer_faults(script, text, patterns.opening if patterns else ()):
            finding = Finding(ID, f"the answer to texts in {language} {what}", remedy)
            yield context.in_line(("answer_texts", language), finding)
    for language in set(script.line.answer_texts) - set(script.line.languages):
        text = f"the answer to texts in {language} is sent to nobody"
        finding = Finding(ID, text, f"add {language} to languages, or take it out")
        yield context.in_line(("answer_texts", language), finding)
    if len(whole := answer(script)) > ANSWER_CHARACTERS:
        what = f"the answer to texts has {len(whole)} characters, limit {ANSWER_CHARACTERS}"
        yield context.in_line(("answer_texts",), Finding(ID, what, "shorten it"))


def _answer_faults(
    script: Script, text: str | None, patterns: tuple[re.Pattern[str], ...]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the answer of one language, and the remedy."""
    if text is None:
        yield "is missing", "write it: nobody can say in which language somebody texts"
        return
    sent = filled(script, text)
    yield from _given_away(sent, patterns)
    if odd := sorted(set(sent) - GSM_7):
        yield f'has "{odd[0]}", which makes more messages of it', "write it otherwise"
    if "911" not in sent:
        yield "does not say 911", "say that 911 helps in danger"
    if NUMBER not in text:
        yield f"does not say {NUMBER}, whom to call", "say it"
    if TEXT in text and script.hotline.text is None:
        yield f"says {TEXT}, and the hotline has no number for texts", "leave it out"


def _text(
    context: ScriptContext, language: str, patterns: tuple[re.Pattern[str], ...]
) -> Iterator[Problem]:
    """Yield faults of the text message: anybody may see it, and a long one arrives in pieces."""
    sent = message(context.script, language)
    faults = list(_given_away(sent, patterns))
    if "{agency}" in context.script.text(language, MESSAGE):
        faults.append(("names the agency", "leave {agency} out"))
    odd, limit = sorted(set(sent) - GSM_7), TEXT_CHARACTERS
    if is_of_other_letters(sent):  # no text in Chinese or Arabic could do without
        odd, limit = [], UNICODE_TEXT_CHARACTERS
    if odd:
        faults.append((f'has "{odd[0]}", which makes several messages of it', "write it otherwise"))
    if len(sent) > limit:
        faults.append((f"has {len(sent)} characters, limit {limit}", "shorten it"))
    for what, remedy in faults:
        yield context.in_words(language, MESSAGE, Finding(ID, f'"{MESSAGE}" {what}', remedy))


def _given_away(sent: str, patterns: tuple[re.Pattern[str], ...]) -> Iterator[tuple[str, str]]:
    """Yield the first word of a message that says what the line is about."""
    if match := next((m for p in patterns if (m := p.search(plain(sent)))), None):
        yield f'gives away the subject: "{match.group()}"', "leave that out"


def is_of_other_letters(text: str) -> bool:
    """Return whether a text is written in letters of which a message in GSM-7 has hardly any."""
    letters = [c for c in text if c.isalpha()]
    return sum(c not in GSM_7 for c in letters) * 2 > len(letters)


def _opening(
    context: ScriptContext, language: str, patterns: tuple[re.Pattern[str], ...]
) -> Iterator[Problem]:
    script = context.script
    home = script.graph.nodes[script.graph.home]
    first = home.first if isinstance(home, Menu) else ()
    start = script.graph.nodes[script.graph.start]
    warn = (start.warn,) if isinstance(start, Opening) else ()
    for prompt in (*warn, "to.language", *first):
        for pattern in patterns:
            text_said = plain(script.text(language, prompt))
            if match := re.search(rf"\w*(?:{pattern.pattern})\w*", text_said):
                text = f'"{prompt}" is said at once, maybe on speaker, and says "{match.group()}"'
                remedy = "say it later: the opening names neither trafficking nor abuse"
                yield context.in_words(language, prompt, Finding(ID, text, remedy))


def _unheard(context: ScriptContext) -> Iterator[Problem]:
    """Yield the destinations that would ring before a caller has heard who they are.

    The dialog says `warn` and the first text of `say` before it connects to one; the hotline, which
    is rung for callers who ask for a person, may ring at once.
    """
    graph = context.script.graph
    for node_id, node in graph.nodes.items():
        if isinstance(node, Transfer) and node_id != graph.person and not (node.warn or node.say):
            text = f'"{node_id}" rings before the caller has heard who answers there'
            remedy = "say who they are, in a text under `say`"
            yield context.in_graph(node_id, Finding(ID, text, remedy))


def _confront(context: ScriptContext, language: str, pattern: re.Pattern[str]) -> Iterator[Problem]:
    """Follow every way from the main menu that does not warn: none may lead to a destination.

    `0`, and a choice that connects at once, are calls for a person, not steps of reporting.
    """
    script = context.script
    paths: dict[str, tuple[str, ...]] = {script.graph.home: (script.graph.home,)}
    queue = [script.graph.home]
    for node_id in queue:
        node = script.graph.nodes[node_id]
        if isinstance(node, Transfer):
            way = ", ".join(paths[node_id][:-1])
            text = f'"{node_id}" is reached by {way} without "do not confront" in "{language}"'
            finding = Finding(ID, text, "say it at one of these, before the choice is made")
            yield context.in_graph(node_id, finding)
            continue
        if any(pattern.search(plain(script.text(language, p))) for p in _says(script, node_id)):
            continue
        for edge in script.edges(node_id):
            if edge.kind != "connect" and edge.to not in paths:
                paths[edge.to] = (*paths[node_id], edge.to)
                queue.append(edge.to)


def _says(script: Script, node_id: str) -> tuple[str, ...]:
    """Return the prompts that a caller hears at a node each time, open or closed, day or night."""
    node = script.graph.nodes[node_id]
    match node:
        case Agency():
            return tuple(prompt for prompt in node.open if prompt in node.closed)
        case Talk() | Check():
            return script.steps(node_id)
        case Menu() | Transfer() | Voicemail() | Goodbye():
            return node.say
        case Opening() | Text() | Emergency():
            return ()
        case _:
            assert_never(node)
