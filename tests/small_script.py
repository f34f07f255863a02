"""The small sound script, in one language or two, and copies of it with a few texts changed."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

SMALL = Path(__file__).parent / "small"
SPANISH = [
    {"in": "line.yaml", "replace": "the small line", "by": "the small line, es: la línea pequeña"},
    {
        "in": "line.yaml",
        "replace": "speech: en-US}",
        "by": "speech: en-US, words_per_minute: 160}\n"
        "  es: {voice: Polly.Lupe-Neural, speech: es-US, words_per_minute: 160}",
    },
]
WITHOUT_WARNINGS = [
    {
        "in": "line.yaml",
        "replace": "destinations:\n",
        "by": 'destinations:\n  state: {number: "+12025550123", source: https://example.org/state,'
        " verified_on: 2026-11-01}\n",
    },
    {
        "in": "menu.yaml",
        "replace": "next: office}",
        "by": "next: state}\n"
        "  state: {kind: transfer, destination: state, say: [office.about], next: office}",
    },
    {
        "in": "en.yaml",
        "replace": "  destination.office:",
        "by": "  destination.state: your state's hotline\n  destination.office:",
    },
    {"in": "inventory.yaml", "by": "- {part: sign, prompt: sign.first, hears: {en: [sign]}}\n"},
]


def small(room: Path, *edits: Mapping[str, str], spanish: bool = False) -> Path:
    """Copy the small script into a room, with Spanish if wanted, and change it; return its folder.

    An edit changes the file `in`: it replaces a text `by` another, adds one, or makes all of the
    file anew, `by` a text or `like` another file.
    """
    folder = shutil.copytree(SMALL, room / "small")
    if not spanish:
        (folder / "es.yaml").unlink()
    edit(folder, [*(SPANISH if spanish else ()), *edits])
    return folder


def edit(folder: Path, edits: Iterable[Mapping[str, str]]) -> None:
    """Change a script's files in place."""
    for change in edits:
        file = folder / change["in"]
        before = file.read_text() if file.exists() else ""
        match change:
            case {"replace": old, "by": new}:
                assert old in before, change
                text = before.replace(old, new, 1)
            case {"add": more}:
                text = before + more
            case {"like": other}:
                text = (folder / other).read_text()
            case _:
                text = change["by"]
        file.write_text(text)


_SIGNS = "  signs:\n    kind: talk\n    steps: [sign.first, sign.second]\n    choices: [hotline]"


def counting(room: Path) -> Path:
    """Return the small script in English, with a check of six signs, whose result counts."""
    steps = ", ".join(f"sign.{i}" for i in range(1, 7))
    texts = "\n".join(f"  sign.{i}: Sign {i}." for i in range(1, 7))
    check = f"{_SIGNS}\n  count: {{kind: check, of: [many], then: hotline}}"
    check += f"\n  many: {{kind: talk, steps: [{steps}], choices: [hotline]}}"
    return small(
        room,
        {"in": "menu.yaml", "replace": _SIGNS, "by": check},
        {"in": "menu.yaml", "replace": "      - signs\n", "by": "      - signs\n      - count\n"},
        {"in": "en.yaml", "replace": "  goodbye:", "by": f"{texts}\n  to.count: Count\n  goodbye:"},
    )
