"""The references of a voice assistant's words: each prompt must exist, and fill its blanks."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from ivr.problem import Problem
from ivr.script.line import Line
from ivr.script.model import Words
from ivr.script.references import wrong_blanks
from ivr.script.speaker_prompts import SPEAKER_BLANKS, SPEAKER_PHRASES
from ivr.script.system_prompts import COMMANDS, OWN_BLANKS
from ivr.script.yaml_source import Files


def speaker_mistakes(
    line: Line | None, phone: Mapping[str, Words], speaker: Mapping[str, Words], files: Files
) -> Iterator[Problem]:
    """Yield what is missing for a speaker, and what belongs to nothing that it says."""
    own = {**OWN_BLANKS, **SPEAKER_BLANKS}
    for code, words in speaker.items():
        source = files.speaker[code]
        for prompt in SPEAKER_BLANKS:
            if prompt not in words.prompts:
                near = get_close_matches(prompt, list(words.prompts), 1)
                remedy = f'did you mean "{near[0]}"?' if near else "add it"
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
