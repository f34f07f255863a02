"""recordings: if no voice of the carrier speaks a language, is every text of it recorded?

Callers in a language with `recorded: true` in line.yaml hear clips alone. If one were missing, they
would hear the hotline's number in the default language, and be connected.

- **error**: a text without a fresh clip, in a language that is on the air. The clip of a text that
  has changed, or whose number has, is not fresh. Slow clips are made from the normal ones. Of a
  draft that waits for approval, its own clips count.

    prompts/ht.yaml:28:3 recordings: "interpreter.free" has no fresh clip: record it on the page
    Recordings of the editor, or as recorded/ht/interpreter.free.wav in the folder of clips, then
    run ivr audio render

`ivr audio sheet ht` lists all texts to record; docs/languages.md tells how.
"""

from collections.abc import Iterator, Mapping

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.checks.exploration import explore
from ivr.dialog import Spoken
from ivr.errors import SpeechError
from ivr.problem import Problem
from ivr.speech.clip_key import key
from ivr.speech.clips import lacking
from ivr.speech.manifest import read_manifest
from ivr.speech.recorded import file_names, with_normal_pace

ID = "recordings"
SAFETY = True


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield each text that nobody could say to a caller."""
    languages = context.script.line.recorded_languages
    if not languages:
        return
    utterances = explore(context.script).utterances
    names = file_names(with_normal_pace(utterances, languages))
    missing = _without_clip(context, utterances)
    for code in sorted(languages):
        lost = {k: words for k, words in missing.items() if words.language == code}
        of = sum(words.language == code for words in utterances.values())
        if lost and len(lost) == of:
            what = f'none of the {of} clips of "{code}" is there or fresh'
            remedy = f"record its texts (ivr audio sheet {code}), then run ivr audio render"
            yield context.in_line(("languages", code), Finding(ID, what, remedy))
            continue
        for normal in dict.fromkeys(words._replace(slow=False) for words in lost.values()):
            what = f'"{normal.prompt}" has no fresh clip'
            name = names[key(normal)]
            where = f"{name}.wav in the folder of clips, then run ivr audio render"
            remedy = f"record it on the page Recordings of the editor, or as {where}"
            yield context.in_words(code, normal.prompt, Finding(ID, what, remedy))


def _without_clip(context: ScriptContext, utterances: Mapping[str, Spoken]) -> dict[str, Spoken]:
    """Return the words of recorded languages that have no clip which can be played."""
    languages, folder = context.script.line.recorded_languages, context.clips
    wanted = {
        k: words
        for k, words in utterances.items()
        if words.language in languages and k not in context.made
    }
    if folder is None:
        return wanted
    try:
        clips = read_manifest(folder).clips
    except SpeechError:
        return wanted
    return lacking(folder, clips, wanted)
