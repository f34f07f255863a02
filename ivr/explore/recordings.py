"""What people record for languages that no voice of the carrier speaks, on the air or off it.

A language is heard only once all of its texts are recorded, so they are recorded while it is off
the air. What a machine has written is not recorded: nobody has read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.dialog import Spoken
from ivr.explore.utterances import all_utterances
from ivr.script.load import read_parts
from ivr.script.model import Script
from ivr.script.required_prompts import bridge_prompts, required_prompts
from ivr.speech.recorded import with_normal_pace


@dataclass(frozen=True)
class Prepared:
    """What is said, by clip key, in the languages that are recorded off the air.

    `waiting` has a line on each such language whose texts cannot be recorded yet.
    """

    utterances: Mapping[str, Spoken] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    waiting: tuple[str, ...] = ()


def prepared(folder: Path) -> Prepared:
    """Return what is said in the recorded languages of a script that are off the air.

    Each is looked at as if it alone were put on the air, which takes seconds.
    """
    _, files, _ = read_parts(folder)
    entries = files.line.data.get("languages") if isinstance(files.line.data, dict) else None
    codes = [
        code
        for code, entry in (entries if isinstance(entries, dict) else {}).items()
        if isinstance(entry, dict) and entry.get("recorded") and entry.get("on_air") is False
    ]
    utterances: dict[str, Spoken] = {}
    languages, waiting = set(), []
    for code in codes:
        script = read_parts(folder, code)[0].script
        if script is None or (why := _unready(script, code)):
            waiting.append(f"{code}: {why if script else 'line.yaml has errors'}")
            continue
        every = all_utterances(script).items()
        utterances |= {key: words for key, words in every if words.language == code}
        languages.add(code)
    return Prepared(with_normal_pace(utterances, languages), frozenset(languages), tuple(waiting))


def words_for_clips(script: Script, folder: Path) -> tuple[Mapping[str, Spoken], Prepared]:
    """Return everything that has a clip or needs one, and what is said off the air."""
    off_air = prepared(folder)
    recorded = script.line.recorded_languages
    on_air = with_normal_pace(all_utterances(script), recorded)
    return {**on_air, **off_air.utterances}, off_air


def _unready(script: Script, code: str) -> str:
    """Return why the texts of a language cannot be recorded yet; "" if they can."""
    needed = (
        bridge_prompts(script.graph)
        if script.line.is_bridge(code)
        else required_prompts(script.graph, script.line.destinations)
    )
    words = script.every_words.get(code)
    missing = [id_ for id_ in needed if words is None or id_ not in words.prompts]
    if missing or words is None:
        return f"{len(missing)} texts are missing: ivr check --language {code} names them"
    machine = [id_ for id_ in needed if words.prompts[id_].state == "machine"]
    if machine:
        return (
            f"{len(machine)} texts are a machine's, that nobody has read: have them corrected first"
            f" (ivr translate {code} --export {code}.po)"
        )
    return ""
