"""What a voice assistant says in place of the phone's words, and besides them.

The file `speaker.<language>.yaml` beside a language's file has them. It is read if line.yaml has
`assistant:`. Other prompts are those of the phone. Each must exist, and fill its blanks.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from ivr.problem import Problem
from ivr.script.line import Line
from ivr.script.model import Words
from ivr.script.references import nearest, wrong_blanks
from ivr.script.system_prompts import COMMANDS, OWN_BLANKS, Blanks, without_blanks
from ivr.script.yaml_source import Files

SPEAKER_PHRASES: Final[Blanks] = {
    # The first words, before anything that tells what this is about.
    "speaker.room-alexa": (),
    "speaker.room-wyoming": ("number",),
    "speaker.waiting-first": ("number",),
    "speaker.stopped-first": (),
    # A number, and how it is called from where the caller is.
    **without_blanks("speaker.call-alexa speaker.call-wyoming"),
    # Silence, and the end.
    "speaker.waiting": ("number",),
    "speaker.stopped": ("number",),
    "to.stop": (),
}
"""Prompt → the blanks that it must have: what a speaker says and a phone does not."""

SPEAKER_BLANKS: Final[Blanks] = {
    **SPEAKER_PHRASES,
    # What names keys or a telephone in the phone's words.
    "opening.danger": (),
    "choice": ("task", "words"),
    **without_blanks("help to.person nomatch.2 nomatch.3 pace.slow emergency.off"),
    "lifeboat": ("number",),
}
"""All that a language needs for a speaker. Its file may replace further prompts."""


def speaker_mistakes(
    line: Line | None, phone: Mapping[str, Words], speaker: Mapping[str, Words], files: Files
) -> Iterator[Problem]:
    """Yield what is missing for a speaker, and what belongs to nothing that it says."""
    own = {**OWN_BLANKS, **SPEAKER_BLANKS}
    for code, words in speaker.items():
        source = files.speaker[code]
        for prompt in SPEAKER_BLANKS:
            if prompt not in words.prompts:
                remedy = nearest(prompt, words.prompts, "add it")
                what = f'the prompt "{prompt}" is missing, which a speaker says'
                yield source.problem(("prompts",), what, remedy)
        if code not in phone:  # its file has problems of its own
            continue
        for prompt, entry in words.prompts.items():
            if prompt not in phone[code].prompts and prompt not in SPEAKER_PHRASES:
                what = f'"{prompt}" is no prompt of the phone, and none that a speaker says'
                yield source.problem(("prompts", prompt), what, "remove it, or correct its name")
            yield from wrong_blanks(source, prompt, entry.text, own)
        for name in words.speech.keys() - phone[code].speech.keys() - set(COMMANDS):
            what = f'speech: "{name}" has no words on the phone'
            yield source.problem(("speech", name), what, "add it to the language's file, too")
    yield from _invocation(line, files)


def _invocation(line: Line | None, files: Files) -> Iterator[Problem]:
    """Yield the languages of the line in which the skill cannot be opened."""
    alexa = line.assistant.alexa if line and line.assistant else None
    if line is None or alexa is None:
        return
    for code in line.languages:
        if code not in alexa.invocation:
            what = f'the skill has no invocation name in "{code}"'
            loc = ("assistant", "alexa", "invocation")
            yield files.line.problem(loc, what, f"add {code}: and two words or more")
