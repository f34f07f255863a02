"""The sheet as a file: HTML that stands alone, or plain text."""

import datetime as dt
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ivr.script.model import Script
from ivr.script.version import version
from ivr.transcript.labels import language_name
from ivr.transcript.model import Block, grade
from ivr.transcript.sections import Section, sections

_COLUMNS = 78


def sheet_values(script: Script, language: str, now: dt.datetime) -> dict[str, Any]:
    """Return what a template of the sheet shows; `now` in the agency's time zone."""
    told = sections(script, language)
    return {
        "sections": told,
        "language": language,
        "language_name": language_name(language),
        "agency": script.line.agency.name[language],
        "version": version(script),
        "day": f"{now:%B} {now.day}, {now:%Y}",
        "grade": lambda block: grade(script, language, block),
        "minutes": sum(block.seconds for section in told for block in section.blocks) / 60,
    }


def html(script: Script, language: str, now: dt.datetime, templates: Path, style: str) -> str:
    """Return the sheet as one HTML file. `style` is the CSS that it carries inside."""
    inside = Environment(
        loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined
    )
    values = sheet_values(script, language, now)
    return inside.get_template("script-file.html").render(**values, style=style)


def text(script: Script, language: str, now: dt.datetime) -> str:
    """Return the sheet as plain text, lines of 78 columns."""
    values = sheet_values(script, language, now)
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
    for told in section.blocks:
        yield _heading(script, language, told)
        for part in told.said:
            mark = "! " if part.whole else "  "
            yield from textwrap.wrap(
                part.spoken.text, _COLUMNS, initial_indent=mark, subsequent_indent="  "
            )
        yield ""


def _heading(script: Script, language: str, told: Block) -> str:
    """Return a block's title with its seconds and its grade, if it is long enough for one."""
    hard = grade(script, language, told)
    facts = [f"{told.seconds:.0f} s", *([str(hard)] if hard else [])]
    return " ".join(filter(None, (told.title, f"({', '.join(facts)})", told.note)))
