"""voices: can the carrier speak each language with the voice that line.yaml names?

A voice that the carrier does not have, or one of another language, makes `<Say>` fail, and the
caller hears an error instead of help (Twilio, `<Say>`). voices.yaml lists the carrier's voices.

The tag `recognised` says how words are recognised; without it, the tag of the voice does.

A language that is `recorded` has no voice, and is not looked up here (see `recordings`).

- **error**: a voice that is not in the list, as a mistyped one; a voice or a `speech` tag of
  another language; a voice without SSML, which pauses and slow speech need; a tag by which the
  carrier recognises no words of the language.

The list is made from the carrier's SDK, and comes with each new version of this program.

    prompts/line.yaml:18:3 voices: "Polly.Lupe-Neural" speaks es-US, not en-US: use one like
    Polly.Joanna-Neural
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.problem import Problem
from ivr.script.yaml_source import read_yaml

ID = "voices"
SAFETY = True

BASIC = frozenset({"man", "woman", "alice"})
"""The carrier's basic voices, which do not accept SSML."""

_ALSO: Mapping[str, tuple[str, ...]] = {"zh": ("cmn", "yue"), "tl": ("fil",)}
"""Languages for which the carrier uses other codes than scripts."""

_GOOGLE = re.compile(r"Google\.([a-z]{2,3}-(?:[A-Z]{2}|[a-z]{2}))-(\w+(?:-HD)?)-(\w+)")

_FAMILIES = ("Neural2", "Wavenet", "Standard", "Chirp3-HD")
"""The kinds of Google's voices, in the order in which they are proposed."""


@cache
def _listed() -> Any:  # noqa: ANN401 plain data
    return read_yaml(Path(__file__).parent / "voices.yaml").data


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield each language whose voice cannot speak it."""
    for code, language in context.script.line.languages.items():
        if language.recorded:
            yield from _recognition(context, code)
            continue
        if language.recognised is not None or not _other_language(code, language.speech):
            yield from _recognition(context, code)
        speaks = languages_of(language.voice)
        one = remedy(language.speech)
        if wrong := _other_language(code, language.speech):
            finding = Finding(ID, f'"{code}" is set to speech: {language.speech}', wrong)
        elif language.voice in BASIC:
            text = f'"{language.voice}" has no pauses and no slow speech'
            finding = Finding(ID, text, one)
        elif not speaks:
            text = f'"{language.voice}" is not in the list of the carrier\'s voices'
            finding = Finding(ID, text, one)
        elif language.speech not in speaks:
            text = f'"{language.voice}" speaks {", ".join(speaks)}, not {language.speech}'
            finding = Finding(ID, text, one)
        else:
            continue
        yield context.in_line(("languages", code), finding)


def _recognition(context: ScriptContext, code: str) -> Iterator[Problem]:
    """Yield a language whose words the carrier cannot recognise by the tag that it has."""
    tag, choices = context.script.line.languages[code].recognition, recognised(code)
    if context.script.listens(code) and tag not in choices:
        text = f'the carrier recognises no words in "{code}" by the tag {tag}'
        one = " or ".join([*choices[:3], "false, for keys alone"])
        loc = ("languages", code, "recognised")
        yield context.in_line(loc, Finding(ID, text, f"write recognised: {one}"))


def recognised(code: str) -> list[str]:
    """Return the tags by which the carrier recognises words of a language, by its code."""
    return [tag for tag in _listed()["recognised"] if tag.partition("-")[0] in _codes(code)]


def languages_of(voice: str) -> tuple[str, ...]:
    """Return the language tags that a voice of the carrier speaks; none if the voice is unknown."""
    if google := _GOOGLE.fullmatch(voice):
        tag, family, name = google.groups()
        has_it = name in _listed()["google"].get(tag, {}).get(family, ())
        return (_normal(tag),) if has_it else ()
    return tuple(tag for tag in _listed()["polly"] if voice in _polly(tag))


def _other_language(code: str, speech: str) -> str:
    """Return a remedy if a `speech` tag is of another language than its words, else ""."""
    if speech.partition("-")[0] in _codes(code):
        return ""
    tags = tags_of(code)
    if not tags:
        return "write recorded: true in place of its voice, and record its texts"
    return f"write {' or '.join(tags)}"


def tags_of(code: str) -> list[str]:
    """Return the tags with which the carrier's voices speak a language, by its code."""
    every = dict.fromkeys(map(_normal, (*_listed()["polly"], *_listed()["google"])))
    return [tag for tag in every if tag.partition("-")[0] in _codes(code)]


def _codes(code: str) -> tuple[str, ...]:
    """Return what the tags of a language begin with: of zh-Hant, zh, cmn and yue."""
    own = code.partition("-")[0]
    return (own, *_ALSO.get(own, ()))


def _polly(tag: str) -> list[str]:
    suffix = {"standard": "", "neural": "-Neural", "generative": "-Generative"}
    kinds = _listed()["polly"].get(tag, {})
    return [f"Polly.{name}{suffix[kind]}" for kind, names in kinds.items() for name in names]


def remedy(tag: str, accepts: Callable[[str], bool] = bool) -> str:
    """Return what to do about a voice that cannot speak a language tag, or is not accepted."""
    voice = example(tag, accepts)
    if voice:
        return f"use one like {voice}"
    return f"write recorded: true in its place: the carrier has no voice for {tag}"


def example(tag: str, accepts: Callable[[str], bool] = bool) -> str:
    """Return a voice that speaks a language tag, a neural one if there is any; "" if none does."""
    polly, google = _polly(tag), _listed()["google"].get(tag, {})
    neural = [name for name in polly if name.endswith("-Neural")]
    others = (f"Google.{tag}-{kind}-{google[kind][0]}" for kind in _FAMILIES if kind in google)
    return next(filter(accepts, (*neural, *polly, *others)), "")


def _normal(tag: str) -> str:
    """Return a tag with a country in capitals; the carrier spells some in small letters."""
    language, _, country = tag.partition("-")
    return f"{language}-{country.upper()}"
