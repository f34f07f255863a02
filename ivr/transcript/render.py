"""A transcript as a file: HTML that stands alone, or plain text."""

import datetime as dt
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ivr.script.model import Script
from ivr.script.version import version
from ivr.transcript.build import sections
from ivr.transcript.labels import lang, language_name
from ivr.transcript.model import Block, Section, grade

_COLUMNS = 78


def template_values(script: Script, language: str, now: dt.datetime) -> dict[str, Any]:
    """Return what a template of the transcript shows; `now` in the agency's time zone."""
    parts = sections(script, language)
    names = script.line.agency.name  # a language of few texts needs none
    return {
        "sections": parts,
        "language": language,
        "language_name": language_name(language),
        "agency": names.get(language, names[script.line.default_language]),
        "version": version(script),
        "day": f"{now:%B} {now.day}, {now:%Y}",
        "grade": lambda block: grade(script, language, block),
        "minutes": sum(block.seconds for section in parts for block in section.blocks) / 60,
    }


def html(script: Script, language: str, now: dt.datetime, templates: Path, style: str) -> str:
    """Return the transcript as one HTML file, with the CSS `style` inside it."""
    environment = Environment(
        loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined
    )
    environment.globals["lang"] = lang
    values = template_values(script, language, now)
    return environment.get_template("script-file.html").render(**values, style=style)


def text(script: Script, language: str, now: dt.datetime) -> str:
    """Return the transcript as plain text, lines of 78 columns."""
    values = template_values(script, language, now)
    head = f"{values['agency']}: the phone script in {values['language_name']}"
    lines = [head, "=" * len(head), f"Version {values['version']}, {values['day']}", ""]
    for i, section in enumerate(values["sections"], 1):
        lines += _section(script, language, i, section)
    return "\n".join(lines) + "\n"


def _section(script: Script, language: str, number: int, section: Section) -> Iterator[str]:
    title = f"{number}. {section.title}"
    yield from (title, "-" * len(title))
    if section.note:
        yield from (*textwrap.wrap(section.note, _COLUMNS), "")
    for block in section.blocks:
        yield _heading(script, language, block)
        for utterance in block.utterances:
            mark = "! " if utterance.uncut else "  "
            text = utterance.spoken.text
            yield from textwrap.wrap(text, _COLUMNS, initial_indent=mark, subsequent_indent="  ")
        yield ""


def _heading(script: Script, language: str, block: Block) -> str:
    """Return a block's title with its seconds, and its grade if it is long enough for one."""
    difficulty = grade(script, language, block)
    figures = [f"{block.seconds:.0f} s", *([str(difficulty)] if difficulty else [])]
    return " ".join(filter(None, (block.title, f"({', '.join(figures)})", block.note)))
