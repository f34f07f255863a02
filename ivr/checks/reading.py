"""reading: are the words easy to understand by ear, at once, when frightened?

English is scored by Flesch-Kincaid grade, Spanish by INFLESZ, offline. Short prompts break both
formulas, so blocks of 30 words and more are scored; the limit on sentences and the list of words to
avoid apply to all (docs/requirements.md, R10 to R12). Words of other languages have other lengths,
so their sentences are measured by the seconds that they take to say.

- **error**: a block over grade 6 or under INFLESZ 65; a sentence of over 20 words, or of over 9 s
  in other languages; a word that
  blames the child or is no longer used, with what to say instead; a note in place of words, such as
  TODO.
- **warning**: an address of the web, which a voice spells out (a text message may have one); a
  language for which there is no measure.

    prompts/es.yaml:41:3 reading: "meaning.wrong" has INFLESZ 58, easy is 65 and over:
    shorten "…"
"""

import re
from collections.abc import Callable, Iterator

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.checks.measures import limits
from ivr.checks.measures.duration import talking_seconds
from ivr.checks.measures.lexicon import lexicon, plain
from ivr.dialog.nodes.text import MESSAGE
from ivr.problem import Problem
from ivr.readability.formulas import flesch_kincaid, inflesz, sentences
from ivr.readability.writing import words
from ivr.script.line import Language

ID = "reading"
SAFETY = False


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield what is hard to understand by ear."""
    for language, spoken in context.script.every_words.items():
        measure = _MEASURES.get(language.partition("-")[0])
        if measure is None:
            text = f'there is no measure of how hard "{language}" is'
            finding = Finding(ID, text, "have it read by somebody who reads little", "warning")
            yield context.in_line(("languages", language), finding)
        for prompt, entry in spoken.every_text():
            text = _without_blanks(entry)
            pace = context.script.line.languages[language]
            for finding in (
                *(_hard(measure, prompt, text) if measure else _slow_sentences(pace, prompt, text)),
                *_avoided(language, prompt, text),
                *_unsaid(prompt, text),
            ):
                yield context.in_words(language, prompt, finding)


def _hard(measure: Callable[[str], str], prompt: str, text: str) -> Iterator[Finding]:
    """Yield that a text is hard to read, and its long sentences."""
    if len(words(text)) >= limits.SCORED_WORDS and (hard := measure(text)):
        longest = max(sentences(text), key=lambda s: len(words(s)))
        yield Finding(ID, f'"{prompt}" has {hard}', f'shorten "{longest.strip()[:50]}…"')
    for sentence in sentences(text):
        count = len(words(sentence))
        if count > limits.SENTENCE_WORDS:
            what = f'"{prompt}" has a sentence of {count} words, limit {limits.SENTENCE_WORDS}'
            remedy = f'make two of "{sentence.strip()[:50]}…"'
            yield Finding(ID, what, remedy)


def _slow_sentences(pace: Language, prompt: str, text: str) -> Iterator[Finding]:
    """Yield sentences that take too long, in a language whose words are of another length."""
    for sentence in sentences(text):
        taken = talking_seconds(pace, sentence)
        if taken > limits.SENTENCE_SECONDS:
            limit = f"limit {limits.SENTENCE_SECONDS:.0f} s"
            what = f'"{prompt}" has a sentence of {taken:.0f} s, {limit}'
            remedy = f'make two of "{sentence.strip()[:50]}…"'
            yield Finding(ID, what, remedy)


def _unsaid(prompt: str, text: str) -> Iterator[Finding]:
    """Yield notes to oneself, and addresses that a caller can neither write down nor click."""
    if note := _NOTE.search(text):
        yield Finding(ID, f'"{prompt}" has the note "{note.group()}"', "write the words")
    if (url := _URL.search(text)) and prompt != MESSAGE:
        what = f'"{prompt}" says "{url.group()[:40]}", which a voice spells out'
        yield Finding(ID, what, "say whom to call, or what to look for", "warning")


_NOTE = re.compile(r"^\W*TODO\b|\bTODO:|\b(?:TBD|FIXME)\b|\b(?i:lorem ipsum)\b")
"""A note in place of words. "TODO" within a sentence may be Spanish."""

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def _avoided(language: str, prompt: str, text: str) -> Iterator[Finding]:
    patterns = lexicon(language)
    if patterns is None:
        return
    simple = plain(text)
    used = [word for word in patterns.avoid if word in simple]
    for word in used:
        if not any(word in longer for longer in used if longer != word):
            what = f'"{prompt}" says "{word}"'
            yield Finding(ID, what, f'say "{patterns.avoid[word]}"')
    if match := patterns.avoid_choice.search(simple):
        what = f'"{prompt}" says "{match.group()}"'
        remedy = "say what others do to the child: none of it is a choice"
        yield Finding(ID, what, remedy)


def _english(text: str) -> str:
    grade = flesch_kincaid(text)
    return f"grade {grade:.1f}, limit {limits.GRADE:g}" if grade > limits.GRADE else ""


def _spanish(text: str) -> str:
    score = inflesz(text)
    return (
        f"INFLESZ {score:.0f}, easy is {limits.INFLESZ} and over" if score < limits.INFLESZ else ""
    )


_MEASURES = {"en": _english, "es": _spanish}


def _without_blanks(text: str) -> str:
    """Return a text with a short word in place of each blank, which other texts fill."""
    return re.sub(r"\{\w+\}", "it", text)
