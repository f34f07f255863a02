"""From a folder of YAML to a `Script`, or to all of its problems at once.

Each file is read and validated by itself; then the references between the files are checked. A file
that is invalid does not hide the problems of the others.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ivr.phone_numbers import COUNTRIES
from ivr.problem import Problem, ScriptError
from ivr.schedule import hours, on_call
from ivr.schedule.on_call import Calendar
from ivr.script import assistant, extra, model, nodes
from ivr.script import line as of_the_line
from ivr.script.extra import Extra
from ivr.script.line import LANGUAGE_CODE, Line
from ivr.script.merge import Fragment, with_destinations, with_extras, with_words
from ivr.script.model import Graph, Script, Words
from ivr.script.references import broken_links, nearest
from ivr.script.speaker_prompts import speaker_mistakes
from ivr.script.yaml_source import Files, Loc, Source, read_yaml

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Parts:
    """The valid parts of a script; one that is invalid is None, so that the rest can be checked.

    `destinations` are the names of line.yaml's destinations, even if it has other problems, and of
    those of extras. `extras` are merged into the other parts already.
    """

    line: Line | None
    graph: Graph | None
    words: Mapping[str, Words]
    destinations: tuple[str, ...]
    calendar: Calendar | None = None
    speaker: Mapping[str, Words] = field(default_factory=dict)
    extras: Mapping[str, Extra] = field(default_factory=dict)

    @property
    def script(self) -> Script | None:
        """The parts as a script. It is only whole if no problems were found."""
        if self.line is None or self.graph is None:
            return None
        bridges = {c: words for c, words in self.words.items() if self.line.is_bridge(c)}
        full = {code: words for code, words in self.words.items() if code not in bridges}
        return Script(
            self.line, self.graph, full, self.calendar, self.speaker, bridges, self.extras
        )


def load(folder: Path) -> Script:
    """Read the phone script in a folder (line.yaml, menu.yaml and a file a language).

    Raises ScriptError with every problem: its file, line and remedy.
    """
    script, _, problems = read(folder)
    if script is None or problems:
        raise ScriptError(problems)
    return script


def read(folder: Path) -> tuple[Script | None, Files, list[Problem]]:
    """Read a folder; return the script if it is whole, its files, and their problems."""
    parts, files, problems = read_parts(folder)
    return None if problems else parts.script, files, problems


def read_parts(folder: Path, also: str = "") -> tuple[Parts, Files, list[Problem]]:
    """Read a folder; return the valid parts of the script, its files, and their problems.

    Languages that are off the air are left out, but for `also`, which is read as if it were on it.
    """
    if not folder.is_dir():
        what = "there is no such folder of prompts"
        remedy = "name one with --prompts or IVR_PROMPTS"
        nothing = Files(Source(folder / "line.yaml"), Source(folder / "menu.yaml"), {})
        return Parts(None, None, {}, ()), nothing, [Problem(str(folder), 1, 1, what, remedy)]
    problems: list[Problem] = []
    line_source, line = _typed(folder / "line.yaml", Line, problems)
    problems += _cut_short(line_source, is_text=_is_text_in_line)
    graph_source, graph = _typed(folder / "menu.yaml", Graph, problems)
    codes = _on_air(line_source, line, also)
    if line:
        languages = {code: line.languages[code] for code in codes}
        line = line.model_copy(update={"languages": languages})
    words_sources, words = _words(folder, codes, "", problems)
    fragments = _extras(folder, line, line_source, codes, problems)
    if line:
        line = with_destinations(line, fragments)
    if graph:
        graph, graph_source = with_extras(graph, graph_source, fragments, problems)
    words, words_sources = with_words(words, words_sources, fragments, problems)
    has_assistant = isinstance(line_source.data, Mapping) and line_source.data.get("assistant")
    bridges = [c for c in codes if line and line.is_bridge(c)]  # none is on a speaker
    on_speaker = [c for c in codes if c not in bridges] if has_assistant else ()
    speaker_sources, speaker = _words(folder, on_speaker, SPEAKER, problems)
    menus = {fragment.name: fragment.source for fragment in fragments}
    files = Files(line_source, graph_source, words_sources, speaker_sources, menus)
    ical, unreadable = _calendar(folder, line)
    problems += unreadable
    named = _names(line_source, "destinations")
    named += tuple(line.destinations.keys() - set(named)) if line else ()
    extras = {fragment.name: fragment.extra for fragment in fragments}
    parts = Parts(line, graph, words, named, ical, speaker, extras)
    problems += broken_links(line, graph, words, parts.destinations, files)
    problems += speaker_mistakes(line, words, speaker, files)
    return parts, files, problems


EXTRAS = "extras"
"""The folder beside line.yaml that has a folder for each extra."""

SPEAKER = "speaker."
"""How the name of a file begins that has a language's words for a voice assistant."""


def _words(
    folder: Path, languages: Iterable[str], prefix: str, problems: list[Problem]
) -> tuple[dict[str, Source], dict[str, Words]]:
    """Read the words of each language; one whose file is invalid has none."""
    sources: dict[str, Source] = {}
    words: dict[str, Words] = {}
    for code in languages:
        sources[code], typed = _typed(folder / f"{prefix}{code}.yaml", Words, problems)
        problems += _cut_short(sources[code])
        if typed:
            words[code] = typed
    return sources, words


def _extras(
    folder: Path,
    line: Line | None,
    line_source: Source,
    languages: Iterable[str],
    problems: list[Problem],
) -> list[Fragment]:
    """Read the extras that line.yaml switches on, and before each those that it needs."""
    fragments: dict[str, Fragment | None] = {}

    def read_one(name: str, source: Source, loc: Loc) -> None:
        if name in fragments:
            return
        fragments[name] = None
        if not (folder / EXTRAS / name).is_dir():
            every = sorted(path.name for path in (folder / EXTRAS).glob("*") if path.is_dir())
            copy = f"copy the folder {EXTRAS}/ from the prompts that came with the line"
            remedy = nearest(name, every, "" if every else copy)
            problems.append(source.problem(loc, f'there is no extra "{name}"', remedy))
            return
        menu, extra = _typed(folder / EXTRAS / name / "menu.yaml", Extra, problems)
        if extra is None:
            return
        for i, other in enumerate(extra.needs):
            read_one(other, menu, ("needs", i))
        codes = [c for c in languages if (folder / EXTRAS / name / f"{c}.yaml").exists()]
        words_sources, words = _words(folder / EXTRAS / name, codes, "", problems)
        del fragments[name]  # those that it needs stand before it
        fragments[name] = Fragment(name, extra, menu, words, words_sources)

    for i, name in enumerate(line.extras if line else ()):
        read_one(name, line_source, ("extras", i))
    return [fragment for fragment in fragments.values() if fragment]


def _calendar(folder: Path, line: Line | None) -> tuple[Calendar | None, list[Problem]]:
    """Read the on-call calendar if it is a file. One with a URL is fetched by the workers."""
    on_call = line.on_call if line else None
    if line is None or on_call is None or not on_call.calendar or on_call.url:
        return None, []
    from ivr.schedule import ical

    return ical.read(folder / on_call.calendar, on_call.people, line.time_zone)


def _on_air(source: Source, line: Line | None, also: str) -> tuple[str, ...]:
    """Return the codes of the languages in line.yaml that are on the air, and that of `also`.

    In a line.yaml that is invalid, an entry counts as it is written.
    """
    names = _names(source, "languages")
    if line is not None:
        return tuple(code for code in names if code == also or line.languages[code].on_air)
    written = {code: source.written.get(("languages", code, "on_air")) for code in names}
    return tuple(code for code in names if code == also or written[code] != "false")


def _names(source: Source, part: str) -> tuple[str, ...]:
    """Return the names in a part of line.yaml, even if line.yaml has problems elsewhere."""
    inside = source.data.get(part) if isinstance(source.data, Mapping) else None
    names = inside if isinstance(inside, Mapping) else ()
    return tuple(name for name in names if isinstance(name, str) and name.isascii())


def _typed(path: Path, kind: type[M], problems: list[Problem]) -> tuple[Source, M | None]:
    """Return a file and its value. A file with problems adds these, and its value is None."""
    source = read_yaml(path)
    problems += source.problems
    if source.problems:
        return source, None
    # How numbers are written depends on the country.
    country = source.data.get("country") if isinstance(source.data, Mapping) else None
    context = {"country": country} if country in COUNTRIES else {}
    try:
        return source, kind.model_validate(source.data, context=context)
    except ValidationError as e:
        # pydantic also calls a list too short if it holds nothing valid; that is reported already.
        reported = [x for x in e.errors() if x["type"] != "too_short" or not x.get("input")]
        problems += [_problem(source, error) for error in reported]
        return source, None


def _problem(source: Source, error: ErrorDetails) -> Problem:
    """Turn an error of pydantic into a problem in an operator's words, with its line."""
    loc = _in_the_file(source.data, error["loc"])
    name = next((part for part in reversed(error["loc"]) if isinstance(part, str)), "the file")
    match error["type"]:
        case "missing":
            return source.problem(loc, f'"{name}" is missing', "add it")
        case "extra_forbidden":
            others, otherwise = _known_keys() - {name}, _LEFT_OUT.get(name, "remove it")
            remedy = nearest(name, others, otherwise, cutoff=0.7)
            return source.problem(loc, f'unknown key "{name}"', remedy)
        case "value_error":
            return source.problem(loc, *_parts_of(source, loc, error))
        case "union_tag_invalid" | "union_tag_not_found":
            kinds = error.get("ctx", {}).get("expected_tags", "a known kind")
            return source.problem(loc, f'"{name}" has no known kind', f"write kind: one of {kinds}")
        case "too_long":
            most = error["ctx"]["max_length"]
            return source.problem(loc, f'"{name}" has more than {most}', "leave some out")
        case "string_type" if isinstance(error.get("input"), int | float | dt.date):
            return _unquoted(source, loc, error)
        case "model_type" | "dict_type" if error.get("ctx", {}).get("class_name") != "Prompt":
            return _no_mapping(source, loc, error, name)
        case _:
            what = "the key" if name == "[key]" else f'"{name}"'
            return source.problem(loc, f"{what} is {_value(source, loc, error)}", _remedy(error))


def _no_mapping(source: Source, loc: Loc, error: ErrorDetails, name: str) -> Problem:
    what, remedy = f'"{name}"', "write its settings below it, indented"
    if not error["loc"]:
        what, remedy = name, "write its keys here, each on a line of its own"
    return source.problem(loc, f"{what} is {_value(source, loc, error)}", remedy)


def _parts_of(source: Source, loc: Loc, error: ErrorDetails) -> tuple[str, str]:
    """Return what is wrong and the remedy, as a model says them with a semicolon between.

    A value may have semicolons of its own; the remedy has none.
    """
    message = error["msg"].removeprefix("Value error, ")
    value, written = error.get("input"), source.written.get(loc, "")
    if isinstance(value, int | float) and message.startswith(f"{value} "):
        message = f"{written or value}{message.removeprefix(str(value))}"
    what, _, remedy = message.rpartition("; ")
    return (what, remedy) if what else (remedy, "correct it")


def _value(source: Source, loc: Loc, error: ErrorDetails) -> str:
    """Return an invalid value as it is written: YAML takes 9:30 for 570."""
    value = error.get("input")
    return _short(source.written.get(loc, value) if isinstance(value, int | float) else value)


def _is_text_in_line(loc: Loc) -> bool:
    """Tell whether a value of line.yaml is words, not a name or a number with a comment behind."""
    is_heard = loc[:2] == ("agency", "name") or loc[:1] == ("answer_texts",)
    is_invocation = loc[:1] == ("assistant",) and "invocation" in loc
    return is_heard or is_invocation or loc[-1:] in {("reason",), ("why",)}


def _cut_short(source: Source, is_text: Callable[[Loc], bool] = bool) -> list[Problem]:
    """Return a problem for each text that would not be whole, because it has a "#"."""
    return [
        source.problem(loc, f"the text ends before {_short(rest)}", _QUOTE)
        for loc, rest in source.comments.items()
        if is_text(loc)
    ]


_LEFT_OUT = {"closed": "remove it: a day without open: is closed"}
"""What to do about a key that no part of a script has, but that says what is meant."""

_QUOTE = "write the whole text in quotes; put a comment on a line of its own"


def _remedy(error: ErrorDetails) -> str:
    pattern = error.get("ctx", {}).get("pattern", "")
    return (
        _PATTERNS.get(pattern)
        or _limit(error)
        or _REMEDIES.get(error["type"])
        or error["msg"][:1].lower() + error["msg"][1:]
    )


def _limit(error: ErrorDetails) -> str:
    """Return the remedy for a number or a text that is beyond a limit; empty for another error."""
    context = error.get("ctx", {})
    if error["type"] == "string_too_short":
        least = context["min_length"]
        return f"write at least {least} characters" if least > 1 else "write some text"
    for name, words in (("ge", "or more"), ("le", "or less")):
        if name in context:
            return f"write {context[name]} {words}"
    return ""


_REMEDIES = {
    "model_type": "write text, in quotes",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "too_short": "write at least one",
    "tuple_type": 'write a list in brackets, like ["…", "…"]',
    **dict.fromkeys(("int_parsing", "int_from_float", "int_type"), "write a whole number, like 30"),
    **dict.fromkeys(("float_parsing", "float_type"), "write a number, like 0.5"),
    **dict.fromkeys(
        ("date_from_datetime_parsing", "date_from_datetime_inexact", "date_parsing", "date_type"),
        "write year, month and day, like 2026-12-24",
    ),
    **dict.fromkeys(
        ("datetime_from_date_parsing", "datetime_parsing", "datetime_type"),
        "write day and time like 2026-12-24T12:00",
    ),
    "string_type": "write text, in quotes",
}

_PATTERNS = {
    r"^[a-z][a-z0-9-]*$": "write it in small letters, like worker-2",
    r"^[a-z][a-z0-9.-]*$": "write it in small letters, like to.signs",
    r"^[A-Z]{2}$": "write two capital letters, like US",
    LANGUAGE_CODE: "write it like en, pt-BR or zh-Hant",
    r"^[a-z]{2,3}-[A-Z]{2}$": "write language and country, like en-US",
    r"^\d{4,11}$": "write 4 to 11 digits, in quotes",
}


def _unquoted(source: Source, loc: Loc, error: ErrorDetails) -> Problem:
    """Report a text without quotes that YAML takes for a number or a day: 12, 9:00, 2026-11-01."""
    value = source.written.get(loc, error["input"])
    if error["loc"][-1] == "[key]":
        return source.problem(loc, f"the key {value} is no text", f'write "{value}":, in quotes')
    name = next(part for part in reversed(error["loc"]) if isinstance(part, str))
    return source.problem(loc, f'{value} in "{name}" is no text', f'write "{value}", in quotes')


def _known_keys() -> set[str]:
    """Return all keys that the files of a script can have."""
    modules = (assistant, extra, hours, on_call, of_the_line, model, nodes)
    values = [value for module in modules for value in vars(module).values()]
    models = [value for value in values if isinstance(value, type) and issubclass(value, BaseModel)]
    return {name for kind in models for name in kind.model_fields}


def _in_the_file(data: object, loc: tuple[int | str, ...]) -> Loc:
    """Return the path of an error without what pydantic adds to it: a union's tag, "[key]"."""
    path: list[int | str] = []
    value: Any = data
    for part in loc:
        inside = (isinstance(value, Mapping) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        )
        if inside:
            path.append(part)
            value = value[part]
    return tuple(path)


def _short(value: object) -> str:
    if value is None or value in ([], {}):
        return "empty"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'  # noqa: PLR2004 a screen's width
