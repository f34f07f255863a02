"""voices: can the carrier speak each language with the voice that line.yaml names?

A voice that the carrier does not have, or one of another language, makes `<Say>` fail, and the
caller hears an error instead of help (Twilio, `<Say>`). voices.yaml lists the carrier's voices.

- **error**: a voice or a `speech` tag of another language; a voice without SSML, which pauses and
  slow speech need.
- **warning**: a voice that is not in the list: it may be new.

    prompts/line.yaml:18:3 voices: "Polly.Lupe-Neural" speaks es-US, not en-US: use one like
    Polly.Joanna-Neural
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ivr.checks.engine.context import Finding, Subject
from ivr.problem import Problem
from ivr.script.yaml_source import read_yaml

ID = "voices"
SAFETY = True

BASIC = frozenset({"man", "woman", "alice"})
"""The carrier's basic voices, which do not accept SSML."""

_ALSO: Mapping[str, tuple[str, ...]] = {"zh": ("cmn", "yue"), "tl": ("fil",)}
"""Languages for which the carrier uses other codes than scripts."""

_GOOGLE = re.compile(r"Google\.([a-z]{2,3})-([A-Za-z]{2})-(Standard|Wavenet|Neural2|Chirp3-HD)-\w+")


@cache
def _listed() -> Any:  # noqa: ANN401 plain data
    return read_yaml(Path(__file__).parent / "voices.yaml").data


def check(subject: Subject) -> Iterator[Problem]:
    """Yield each language whose voice cannot speak it."""
    for code, language in subject.script.line.languages.items():
        speaks = languages_of(language.voice)
        one = f"use one like {example(language.speech)}"
        if wrong := _other_language(code, language.speech):
            finding = Finding(ID, f'"{code}" is set to speech: {language.speech}', wrong)
        elif language.voice in BASIC:
            text = f'"{language.voice}" has no pauses and no slow speech'
            finding = Finding(ID, text, one)
        elif not speaks:
            text = f'"{language.voice}" is not in the list of the carrier\'s voices'
            finding = Finding(ID, text, f"{one}, or make sure that it is new", "warning")
        elif language.speech not in speaks:
            text = f'"{language.voice}" speaks {", ".join(speaks)}, not {language.speech}'
            finding = Finding(ID, text, one)
        else:
            continue
        yield subject.in_line(("languages", code), finding)


def languages_of(voice: str) -> tuple[str, ...]:
    """Return the language tags that a voice of the carrier speaks; none if the voice is unknown."""
    if google := _GOOGLE.fullmatch(voice):
        language, country, family = google.groups()
        tag = f"{language}-{country.upper()}"
        return (tag,) if family in _listed()["google"].get(tag, ()) else ()
    return tuple(tag for tag in _listed()["polly"] if voice in _polly(tag))


def _other_language(code: str, speech: str) -> str:
    """Return a remedy if a `speech` tag is of another language than its words, else ""."""
    own = code.partition("-")[0]
    codes = (own, *_ALSO.get(own, ()))
    if speech.partition("-")[0] in codes:
        return ""
    tags = [tag for tag in {**_listed()["polly"], **_listed()["google"]} if tag[:-3] in codes]
    if not tags:
        return "leave it out of languages: the carrier's list of voices has none for it"
    return f"write {' or '.join(tags)}"


def _polly(tag: str) -> list[str]:
    suffix = {"standard": "", "neural": "-Neural", "generative": "-Generative"}
    kinds = _listed()["polly"].get(tag, {})
    return [f"Polly.{name}{suffix[kind]}" for kind, names in kinds.items() for name in names]


def example(tag: str) -> str:
    """Return a voice that speaks a language tag, a neural one if there is any."""
    names = _polly(tag)
    neural = [name for name in names if name.endswith("-Neural")]
    return (neural or names or [f"Google.{tag}-Standard-A"])[0]
