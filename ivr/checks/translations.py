"""translations: does each language still say what the source language says?

The words of the default language are the source. Each translation notes in `of` the first eight
hex digits of the SHA-256 of the text it was made from, with its plural forms. When the source
changes, its translations are stale. Whether somebody has vouched for them is another check:
`ivr check --explain review`.

- **error**: a safety text (911, transfers, the ladder, "do not confront") whose translation is
  stale, or is still the source's words; a translation that leaves out {number}, {text} or
  {text_word}, which the source says.
- **warning**: another text that is stale, or still the source's words; a translation that does not
  say what it was made from; a text that counts something and lacks a plural form that callers may
  come to, as "few" in Russian; a file of a language that line.yaml does not name.

    prompts/es.yaml:31:3 translations: "main.title" translates other words than "en" has now:
    translate it anew, then write of: "1a2b3c4d"

For many texts at once: `ivr translate es --export es.po`, and --import when it comes back.

For callers this means: a script with such an error is not published, and the line goes on with the
last one that passed, in all of its languages. It never switches languages in mid-call. To publish
without the language, take it out of `languages` in line.yaml: the line then no longer offers it.
"""

import re
from collections.abc import Iterator

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.problem import Level, Problem
from ivr.readability.writing import characters, words
from ivr.script.model import Prompt, Script
from ivr.script.nodes import Check
from ivr.script.plural import form_of, forms_needed, needs_babel
from ivr.script.review import SAFETY_TEXTS, digest

ID = "translations"
SAFETY = True

REQUIRED_BLANKS = ("{number}", "{text}", "{text_word}")
"""Blanks that a translation must have if the source has them: they say whom to reach."""


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield the translations that are stale, of unknown origin, missing, or incomplete."""
    yield from _unread(context)
    default, in_all = context.script.line.default_language, context.script.every_words
    source = in_all[default].prompts
    yield from _plurals(context)
    for language in in_all:
        if language == default:
            continue
        for prompt, translated in in_all[language].prompts.items():
            if prompt in source:
                for finding in _translation(prompt, source[prompt], translated, default):
                    yield context.in_words(language, prompt, finding)


def _plurals(context: ScriptContext) -> Iterator[Problem]:
    """Yield each counting text without a form for the numbers that callers may hear."""
    counts = _counts(context.script)
    for language, spoken in context.script.every_words.items():
        if needs_babel(language):
            if not spoken.prompts.keys().isdisjoint(counts):
                text = f"the plural forms of {language} are unknown: its counting texts have one"
                finding = Finding(ID, text, 'pip install "csec-ivr[plurals]"', "warning")
                yield context.in_line(("languages", language), finding)
            continue
        for prompt, numbers in counts.items():
            entry = spoken.prompts.get(prompt)
            for form in forms_needed(language, numbers) if entry else ():
                if entry and form not in entry.forms:
                    example = next(n for n in numbers if form_of(language, n) == form)
                    text = f'"{prompt}" has no form "{form}", as for {example}'
                    remedy = f"write forms: {{{form}: …}} beside text:"
                    finding = Finding(ID, text, remedy, "warning")
                    yield context.in_words(language, prompt, finding)


def _counts(script: Script) -> dict[str, list[int]]:
    """Return the numbers that each counting prompt may say."""
    steps = [
        len(script.steps(id_))
        for id_, node in script.graph.nodes.items()
        if isinstance(node, Check)
    ]
    voicemail = script.line.voicemail
    return {
        "check.some": list(range(2, max(steps, default=0) + 1)),
        "voicemail.recorded": [voicemail.keep_days] if voicemail else [],
    }


def _unread(context: ScriptContext) -> Iterator[Problem]:
    """Yield the files in the folder that look like a language's, and that nothing reads."""
    folder = context.files.line.path.parent
    read = {source.path.name for source in context.files.words.values()}
    read |= {f"{code}.yaml" for code in context.files.line.data["languages"]}  # maybe off the air
    for path in sorted(folder.iterdir()):
        if path.name in read or not _LANGUAGE_FILE.fullmatch(path.name):
            continue
        name = path.name.partition(".")[0]
        text = f'"{path.name}" is read by nobody, so no caller hears it'
        remedy = f"add {name} to languages in line.yaml (the file is {name}.yaml), or remove it"
        yield Problem(str(path), 1, 1, text, remedy, ID, "warning", name)


_LANGUAGE_FILE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_][A-Za-z]{2})?\.ya?ml")


def _translation(
    prompt: str, source: Prompt, translated: Prompt, default: str
) -> Iterator[Finding]:
    now = digest(source.text, source.forms.items())
    level: Level = "error" if prompt.startswith(SAFETY_TEXTS) else "warning"
    if translated.of is None:
        text = f'"{prompt}" does not say what it was translated from'
        yield Finding(ID, text, f'write of: "{now}", if it says what "{default}" says', "warning")
    elif translated.of != now:
        text = f'"{prompt}" translates other words than "{default}" has now'
        yield Finding(ID, text, f'translate it anew, then write of: "{now}" below it', level)
    if translated.text == source.text and _has_words(source.text):
        text = f'"{prompt}" is still "{source.text[:40]}", as in "{default}"'
        yield Finding(ID, text, "translate it", level)
    for blank in REQUIRED_BLANKS:
        if blank in source.text and blank not in translated.text:
            text = f'"{prompt}" does not say {blank}, as "{default}" does'
            yield Finding(ID, text, f"put {blank} where it is to be said")


def _has_words(text: str) -> bool:
    own = re.sub(r"\{\w+\}", "", text)
    return bool(words(own) or characters(own))
