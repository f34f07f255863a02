"""What a draft is, and what the checks say of it, text by text: as `ivr check` says it.

The exploration, which takes seconds, runs only on what is submitted (ivr.editing.script_check); all
other checks take a fraction of a second, and run after each change.
"""

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypedDict

from ivr.accounts.revision_copy import write_files
from ivr.checks import exploration, recordings
from ivr.checks.engine.registry import CHECKS, run_checks
from ivr.checks.measures.duration import talking_seconds
from ivr.editing import plural_texts
from ivr.problem import Problem
from ivr.readability.formulas import flesch_kincaid, inflesz
from ivr.readability.writing import words
from ivr.script.line import Language
from ivr.script.load import read_parts
from ivr.script.model import Graph, Script
from ivr.script.required_prompts import required_prompts
from ivr.script.review import digest
from ivr.script.yaml_source import Loc, Source

QUICK = tuple(check for check in CHECKS if check not in (exploration, recordings))


@dataclass(frozen=True, slots=True)
class Text:
    """A prompt in a language, as it stands in a draft. `place` are the keys to it in its file.

    A plural form is a text of its own, named like `check.some[few]`.
    """

    file: str
    language: str
    prompt: str
    place: Loc
    text: str
    state: str
    of: str
    """The digest of the source text that it translates; empty for a source text."""
    is_stale: bool
    problems: tuple[Problem, ...]
    seconds: float
    words: int
    level: str

    @property
    def digest(self) -> str:
        """What a form says that its text was made from."""
        return digest(self.text)


@dataclass(frozen=True)
class Examined:
    """A draft's script, if it is whole, its texts, and what the checks say."""

    script: Script | None
    graph: Graph | None
    problems: tuple[Problem, ...]
    languages: tuple[str, ...]
    texts: Mapping[tuple[str, str], Text] = field(default_factory=dict)
    """Language and prompt → the text, in the order of the files."""
    nodes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Node → the prompts that it says; "" has those that are said everywhere."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the draft from being published."""
        return tuple(p for p in self.problems if p.level == "error")

    def problems_of(self, node: str) -> tuple[Problem, ...]:
        """Return the problems of a node's texts, and of the node itself."""
        prompts = set(self.nodes.get(node, ()))
        of_texts = [p for t in self.texts.values() if t.prompt in prompts for p in t.problems]
        own = [p for p in self.problems if p.path == "menu.yaml" and p.about == node]
        return tuple(sorted({*of_texts, *own}))


def examine(files: Mapping[str, str], today: dt.date) -> Examined:
    """Examine the files of a draft, which may be broken."""
    with tempfile.TemporaryDirectory(prefix="ivr-draft-") as room:
        folder = Path(room)
        write_files(files, folder)
        script, reported = run_checks(folder, today, None, QUICK)
        parts, sources, _ = read_parts(folder)
    problems = tuple(
        replace(p, path=p.path.removeprefix(f"{folder}/").replace(str(folder), "script"))
        for p in reported
        # An allowance of the exploration cannot be seen to be of use without it.
        if not (p.check == "load" and "no exploration problem" in p.text)
    )
    languages = tuple(sources.words)
    paces = parts.line.languages if parts.line else {}
    texts: dict[tuple[str, str], Text] = {}
    default = parts.line.default_language if parts.line else languages[0] if languages else ""
    everywhere = {code: _with_extras(source) for code, source in sources.words.items()}
    originals = {
        prompt: digest(entry.text, entry.forms.items())
        for source in everywhere.get(default, ())
        for prompt, entry in _entries(source).items()
    }
    for code, source in ((c, source) for c, every in everywhere.items() for source in every):
        name = source.path.relative_to(folder).as_posix()
        for text in _texts(code, name, source, problems, paces.get(code)):
            original = originals.get(plural_texts.parts_of(text.prompt)[0])
            is_stale = code != default and original is not None and text.of != original
            texts[code, text.prompt] = replace(text, is_stale=is_stale)
    nodes = _nodes(parts.graph, parts.destinations, texts)
    return Examined(script, parts.graph, problems, languages, texts, nodes)


def reading_level(language: str, text: str) -> str:
    """Return how hard a text is: its grade in English, its INFLESZ in Spanish; else nothing."""
    if not words(text):
        return ""
    match language.partition("-")[0]:
        case "en":
            return f"grade {max(0.0, flesch_kincaid(text)):.1f}"
        case "es":
            return f"INFLESZ {inflesz(text):.0f}"
        case _:
            return ""


def _with_extras(source: Source) -> tuple[Source, ...]:
    """Return the file of a language, and those of extras that are merged into it."""
    inserted = {extra.path: extra for extra, _ in source.inserted.values()}
    return (source, *inserted.values())


class _Entry(NamedTuple):
    """What stands under a prompt in a language's file, even if it has mistakes."""

    place: Loc
    """The keys to its text."""
    text: str
    state: str = ""
    of: str = ""
    forms: Mapping[str, str] = MappingProxyType({})


def _entries(source: Source) -> dict[str, _Entry]:
    """Return the entries of a language's file that have a text, by prompt."""
    prompts = source.data.get("prompts") if isinstance(source.data, Mapping) else None
    entries = {}
    for name, value in prompts.items() if isinstance(prompts, Mapping) else ():
        place: Loc = ("prompts", str(name))
        entry = _Entry(place, str(value))
        if isinstance(value, Mapping):
            text, forms = value.get("text"), value.get(plural_texts.FORMS)
            every = forms.items() if isinstance(forms, Mapping) else ()
            spoken = {str(form): str(words) for form, words in every}
            state, of = str(value.get("state", "draft")), str(value.get("of", ""))
            entry = _Entry((*place, "text"), str(text), state, of, spoken)
            value = text  # noqa: PLW2901
        if value is not None:
            entries[str(name)] = entry
    return entries


def _texts(
    code: str, name: str, source: Source, problems: tuple[Problem, ...], pace: Language | None
) -> Iterator[Text]:
    own = [p for p in problems if p.path == name]
    entries = _entries(source)
    begins = [source.at(("prompts", prompt))[0] for prompt in entries]
    ends = [*begins[1:], begins[-1] + 40] if begins else []
    for (prompt, entry), begin, end in zip(entries.items(), begins, ends, strict=True):
        base = Text(
            name,
            code,
            prompt,
            entry.place,
            entry.text,
            entry.state,
            entry.of,
            is_stale=False,
            problems=tuple(
                p for p in own if p.about == prompt or (not p.about and begin <= p.line < end)
            ),
            **_measures(code, entry.text, pace),
        )
        yield base
        for form, spoken in entry.forms.items():
            place = plural_texts.place_of(prompt, form)
            at = source.at(place)[0]
            yield replace(
                base,
                prompt=plural_texts.name_of(prompt, form),
                place=place,
                text=spoken,
                problems=tuple(p for p in base.problems if p.line == at),
                **_measures(code, spoken, pace),
            )


class _Measures(TypedDict):
    seconds: float
    words: int
    level: str


def _measures(code: str, text: str, pace: Language | None) -> _Measures:
    """Return how long a text is, and how hard to read."""
    filled = text.replace("{", "").replace("}", "")
    seconds = talking_seconds(pace, filled) + text.count("…") / 2 if pace else 0.0
    return {"seconds": seconds, "words": len(words(filled)), "level": reading_level(code, filled)}


def _nodes(
    graph: Graph | None, destinations: tuple[str, ...], texts: Mapping[tuple[str, str], Text]
) -> dict[str, tuple[str, ...]]:
    named = list(dict.fromkeys(prompt for _, prompt in texts))
    order = {prompt: at for at, prompt in enumerate(named)}
    # Forms stand behind their text, also those that only another language has.
    prompts = sorted(named, key=lambda prompt: order.get(plural_texts.parts_of(prompt)[0], 0))
    if graph is None:
        return {"": tuple(prompts)}
    places = required_prompts(graph, destinations)
    nodes: dict[str, list[str]] = {node: [] for node in (*graph.nodes, "")}
    for prompt in prompts:
        loc = places.get(plural_texts.parts_of(prompt)[0], ())
        nodes[str(loc[1]) if loc[:1] == ("nodes",) else ""].append(prompt)
    return {node: tuple(every) for node, every in nodes.items()}
