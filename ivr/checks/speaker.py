"""speaker: could a voice assistant leave a caller without help, or tell a room too much?

For a script with `assistant:` in line.yaml. Every meaning is tried at every place, in every
language, as on the phone, and each of these is an **error**:

- something breaks, or words without a meaning lead round without end;
- a session ends without a whole number, unless the caller has stopped it before going on; a
  reprompt without one, since silence ends the session; a place at which asking for a person gives
  none;
- the first words do not name 911, or tell what this is about before the caller has said yes;
- a word of the telephone, such as "press" or "hang up", that a speaker would say;
- an answer of more than 60 s or 8000 characters;
- a choice that nobody can ask for; an intent with fewer than three phrases; a phrase that two
  intents have, so that the assistant would choose;
- as a **warning**, an Alexa skill without its id, which answers nobody;
- what the checks reading, safety, numbers and translations report of the words in
  speaker.en.yaml and the like (some of it as a **warning**).

    prompts/speaker.en.yaml:9:3 speaker: "help" says "keys", which a speaker does not have: say it
    otherwise here
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import phonenumbers

from ivr.checks import numbers, reading, safety, translations
from ivr.checks.engine.context import Finding, ScriptContext, problem_in
from ivr.checks.measures.duration import seconds
from ivr.checks.measures.lexicon import lexicon, plain
from ivr.dialog import Spoken
from ivr.explore.cycles import cycles
from ivr.explore.speaker import Class, Exchange, SpeakerExplorer, rung_of
from ivr.problem import Problem
from ivr.script.model import Script
from ivr.skill import Answer, Service
from ivr.skill.intents import BUILT_IN, samples
from ivr.skill.meaning import NOTHING, tasks
from ivr.skill.speech_markup import MOST_CHARACTERS, ssml

ID = "speaker"
SAFETY = True

MOST_SECONDS = 60
"""Seconds of the longest answer."""

FEWEST_SAMPLES = 3
"""Phrases of an intent, so that the assistant can tell it from others."""

_OF_WORDS = (reading, safety, numbers, translations)


@dataclass(frozen=True)
class Flaw:
    """What is wrong, where, and the conversation that shows it; `prompt` is empty for a node."""

    node: str
    text: str
    remedy: str
    prompt: str = ""
    shown_by: str = ""


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield every way in which a voice assistant could fail a caller."""
    script = context.script
    if script.line.assistant is None:
        return
    on_speaker = script.on_speaker
    for language in script.words:
        yield from _conversations(context, on_speaker, language)
        yield from _intents(context, on_speaker, language)
    yield from _words(context, on_speaker)
    alexa = script.line.assistant.alexa
    if alexa and not alexa.skill_id:
        remedy = "copy the id from the developer console (docs/assistant.md)"
        finding = Finding(ID, "alexa has no skill_id, so it answers nobody yet", remedy, "warning")
        yield context.in_line(("assistant", "alexa"), finding)


def _conversations(context: ScriptContext, script: Script, language: str) -> Iterator[Problem]:
    assistant = script.line.assistant
    if assistant is None:
        return
    services: list[Service] = ["alexa"] if assistant.alexa else []
    services += ["wyoming"] if assistant.wyoming else []
    reported: set[Flaw] = set()
    for service in services:
        inspector = _Inspector(SpeakerExplorer(script, service, language))
        for flaw in inspector.flaws(reported, whole=service == services[0]):
            text = f"{flaw.text} ({flaw.shown_by})" if flaw.shown_by else flaw.text
            finding = Finding(ID, text, flaw.remedy)
            if flaw.prompt:
                yield _in_speaker(context, language, flaw.prompt, finding)
            else:
                yield context.in_graph(flaw.node, finding)


class _Inspector:
    """Looks at every exchange, and yields each flaw where the fewest words lead to it."""

    def __init__(self, explorer: SpeakerExplorer) -> None:
        self.explorer, self.script = explorer, explorer.script
        line = self.script.line
        numbers_of_line = [d.number for d in line.destinations.values() if d.number]
        self._numbers = tuple(map(_national, (*numbers_of_line, *line.office.numbers)))
        self._patterns = lexicon(explorer.start.language)
        self._waiting: dict[Class, dict[str, Class]] = {}
        self._looked_at: set[Spoken] = set()
        self._measured: set[tuple[Spoken, ...]] = set()
        self._with_number: dict[tuple[Spoken, ...], bool] = {}

    def flaws(self, reported: set[Flaw], *, whole: bool) -> Iterator[Flaw]:
        """Explore, and yield new flaws: of all exchanges, or of those that a service words."""
        explorer = self.explorer
        for exchange in explorer.exchanges() if whole else explorer.first_exchanges():
            for flaw in self._wrong(exchange):
                if flaw not in reported:
                    reported.add(flaw)
                    yield replace(flaw, shown_by=self.explorer.command(exchange))
            self._note_waiting(exchange)
        text = "words without a meaning lead round without end"
        flaw = Flaw(self.script.graph.goodbye, text, "report it, with the script")
        if next(iter(cycles(self._waiting)), None) and flaw not in reported:
            reported.add(flaw)
            yield flaw

    def _wrong(self, exchange: Exchange) -> Iterator[Flaw]:
        node, answer = exchange.place.node, exchange.answer
        if exchange.error:
            text = f"a speaker cannot answer ({exchange.error})"
            yield Flaw(node, text, "report it, with the script")
        if answer is None:
            return
        is_first = answer.place.node == self.script.graph.start
        stopped_first = is_first and answer.ends
        if answer.ends and not stopped_first and not self._has_number(answer.words):
            yield Flaw(node, "a session ends without a number", _WRITE, _prompt_of(answer.words))
        if not answer.ends and not self._has_number(answer.reprompt):
            text = "silence would end the session without a number"
            yield Flaw(node, text, _WRITE, _prompt_of(answer.reprompt))
        if exchange.meaning == "person" and not self._has_number(answer.words):
            yield Flaw(
                node, "asking for a person gives no number", "say {number} in it", "to.person"
            )
        yield from self._length(answer)
        for words in (*answer.words, *answer.reprompt):
            yield from self._word_for_word(node, words, is_first=is_first)
        if is_first and not answer.ends and exchange.meaning == "open":
            yield from self._first_words(answer)

    def _length(self, answer: Answer) -> Iterator[Flaw]:
        """Check how much is said in one go; a caller who asks for slow speech waits for it."""
        if answer.words in self._measured or answer.place.slow:
            return
        self._measured.add(answer.words)
        length = sum(seconds(self.script, words) for words in answer.words)
        node = answer.place.node
        if length > MOST_SECONDS:
            text = f"a speaker says {length:.0f} s in one go, limit {MOST_SECONDS}"
            yield Flaw(node, text, "shorten its prompts, or offer fewer choices")
        if len(ssml(answer.words)) > MOST_CHARACTERS:
            text = f"an answer has more than {MOST_CHARACTERS} characters"
            yield Flaw(node, text, "shorten its prompts")

    def _word_for_word(self, node: str, words: Spoken, *, is_first: bool) -> Iterator[Flaw]:
        if self._patterns is None or (not is_first and words in self._looked_at):
            return
        self._looked_at.add(words)
        text = plain(words.text)
        for pattern in self._patterns.telephone:
            if match := pattern.search(text):
                what = f'"{words.prompt}" says "{match.group()}", which a speaker does not have'
                yield Flaw(node, what, "say it otherwise here", words.prompt)
        for pattern in self._patterns.opening if is_first else ():
            if match := pattern.search(text):
                what = f'"{words.prompt}" says "{match.group()}" before the caller has said yes'
                yield Flaw(node, what, "say it later: others may hear it", words.prompt)

    def _first_words(self, answer: Answer) -> Iterator[Flaw]:
        first = answer.words[0]
        if "9 1 1" not in first.text:
            yield Flaw(answer.place.node, "the first words do not name 911", _WARN, first.prompt)

    def _has_number(self, words: tuple[Spoken, ...]) -> bool:
        if words not in self._with_number:
            digits = re.sub(r"\D", "", "".join(one.text for one in words))
            self._with_number[words] = any(number in digits for number in self._numbers)
        return self._with_number[words]

    def _note_waiting(self, exchange: Exchange) -> None:
        answer = exchange.answer
        if exchange.meaning == NOTHING and answer and not answer.ends:
            rung = rung_of(exchange.place)
            self._waiting.setdefault(rung, {}).setdefault(NOTHING, rung_of(answer.place))


_WRITE = "write {number} in it"
_WARN = "warn of danger first, and name 911"


def _intents(context: ScriptContext, script: Script, language: str) -> Iterator[Problem]:
    """Yield what is wrong with the phrases by which a caller asks for something."""
    speech = script.words[language].speech
    for task in tasks(script):
        if not speech.get(task):
            finding = Finding(ID, f'nobody can ask for "{task}"', f"add words under speech: {task}")
            yield _in_speaker(context, language, task, finding)
    by_phrase: dict[str, list[str]] = defaultdict(list)
    for intent, its_phrases in samples(script, language).items():
        for phrase in its_phrases:
            by_phrase[phrase].append(intent)
        if intent not in BUILT_IN and len(its_phrases) < FEWEST_SAMPLES:
            text = (
                f"{intent} has {len(its_phrases)} phrases, a skill needs {FEWEST_SAMPLES} or more"
            )
            finding = Finding(ID, text, "add words under speech:")
            yield _in_speaker(context, language, intent, finding)
    for phrase, intents in by_phrase.items():
        if len(intents) > 1:
            text = f'"{phrase}" stands for {" and ".join(intents)}'
            finding = Finding(ID, text, "leave it to one of them under speech:")
            yield _in_speaker(context, language, intents[0], finding)


def _words(context: ScriptContext, script: Script) -> Iterator[Problem]:
    """Yield what the checks of words report of the prompts that a speaker alone says."""
    files = replace(context.files, words=context.files.speaker)
    own = {p for words in context.script.speaker.values() for p in words.prompts}
    for one in _OF_WORDS:
        for problem in one.check(replace(context, script=script, files=files)):
            is_its_own = any(str(s.path) == problem.path for s in files.speaker.values())
            if is_its_own and problem.about in own:
                yield replace(problem, check=ID)


def _in_speaker(context: ScriptContext, language: str, about: str, finding: Finding) -> Problem:
    return problem_in(context.files.speaker[language], ("prompts", about), finding, about)


def _prompt_of(words: tuple[Spoken, ...]) -> str:
    return words[-1].prompt if words else "speaker.waiting"


def _national(number: str) -> str:
    return str(phonenumbers.parse(number, None).national_number)
