"""The few words that stand around the script where it is read: headings, names of languages."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ivr.script.yaml_source import read_yaml


@cache
def _listed() -> Any:  # noqa: ANN401 plain data
    return read_yaml(Path(__file__).parent / "labels.yaml").data


def language_name(code: str) -> str:
    """Return a language's own name, "Español"; its code where that is not known."""
    listed = _listed()
    known = listed.get(code) or listed.get(code.partition("-")[0], {})
    return str(known.get("name", code))


def labels(*codes: str) -> tuple[str, Mapping[str, Any]]:
    """Return the words of the first of these languages that has them (else English's), and which.

    A page in a language that nobody has given words to is better than none.
    """
    for code in (*codes, "en"):
        for known in (code, code.partition("-")[0]):
            if "page" in _listed().get(known, {}):
                return known, _listed()[known]
    raise KeyError("labels.yaml has no English")


def task_openings(code: str) -> tuple[str, ...]:
    """Return the words with which a task begins in a language, longest first."""
    listed = _listed()
    known = listed.get(code) or listed.get(code.partition("-")[0], {})
    return tuple(sorted(known.get("task", ()), key=len, reverse=True))
