"""Phone scripts for tests: the shipped one, and the shipped one with a few things changed."""

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from ivr.script.state_choice import Chosen, write_choice
from ivr.script.state_hotlines import state_hotlines
from ivr.web.waits import Waits

SHIPPED = Path(__file__).parent.parent / "prompts"
TOKEN = "a-token-for-tests"
TODAY = dt.date(2026, 11, 24)
"""The day on which the tests check a script."""

PATIENT = Waits(carrier=60, line_type=60, database=60)
"""A line that waits as long as a busy machine takes."""

OFFICE = {
    "office": {"numbers": ["+12025550111", "+12025550112"]},
    "hours": {
        "week": {"mon-fri": ["08:30-12:00", "13:00-17:00"], "sun": ["00:30-01:30", "02:15-04:00"]},
        "holidays": {"country": "US", "state": "NY"},
        "days": [{"on": "2026-12-24", "open": ["08:30-12:00"]}],
        "closed": [{"begins": "2026-12-02T10:00", "ends": "2026-12-03T10:00", "why": "a storm"}],
    },
}
"""An agency that is open by day, and on Sundays in the hours in which the clocks change."""

ON_CALL = {
    "people": {"worker": "+12025550121", "backup": "+12025550122", "supervisor": "+12025550123"},
    "week": {
        "mon-fri": [
            {"hours": "00:00-08:30", "ring": ["worker", "backup", "supervisor"]},
            {"hours": "12:00-24:00", "ring": ["worker", "backup", "supervisor"]},
        ],
        "sat-sun": [{"hours": "00:00-24:00", "ring": ["backup", "worker", "supervisor"]}],
    },
    "days": [
        {"on": "2026-11-26", "shifts": [{"hours": "00:00-24:00", "ring": ["supervisor"]}]},
        {"on": "2026-12-02", "shifts": []},
    ],
}

ALWAYS_ON_CALL = {
    "hours": None,
    "office": {"numbers": []},
    "on_call": {
        "week": {
            days: [{"hours": "00:00-24:00", "ring": ["worker", "backup", "supervisor"]}]
            for days in ("mon-fri", "sat-sun")
        },
        "days": [],
    },
}
"""What makes a line closed at any time of day, and everybody on call."""

VARIANTS: dict[str, dict[str, Any]] = {
    "shipped": {},
    "bridge": {"emergency": {"bridge": True, "address_registered_on": "2026-11-01"}},
    "state": {"destinations": {"state": {"number": "+12025550123"}}},
    "goodbye": {"silence": "goodbye"},
    "keys-only": {"speech": False},
    "office-open": OFFICE,
    "office-together": OFFICE | {"office": {**OFFICE["office"], "ring": "together"}, "hours": None},
    "on-call": {**OFFICE, "on_call": ON_CALL},
    "on-call-alone": {"on_call": ON_CALL},
    "voicemail": {
        **OFFICE,
        "on_call": ON_CALL,
        "agency": {"number": "+12025550100"},
        "voicemail": {},
        "text_me": True,
    },
}
"""What is changed in line.yaml; a folder of that name under calls/ holds its conversations.

What stands behind an "@" there is another time of day, or what the carrier's API does with texts:
"texts" sends them, a number is the error with which it refuses; "landline" knows that the caller
has one, "slow" and "down" do not tell. Without it there is no account.
"""

WITH_EXTRAS: dict[str, dict[str, Any]] = {
    "extras": {
        "extras": ["before-you-call", "child-told-you", "for-you", "did-you-reach"],
        "destinations": {"support": {"number": "+12025550144", "source": "https://example.org"}},
        **OFFICE,
    }
}
"""The same of lines with extras, which are walked less often."""

SEVERAL_STATES = tuple(
    Chosen(code, state_hotlines()[code].name, f"+1202555013{i}", "https://example.org")
    for i, code in enumerate(("KY", "OH", "WV"))
)
"""Between which callers of the line "several-states" choose."""

HOURS_OF = {
    "office-closed": "office-open",
    "office-holiday": "office-open",
    "on-call-gap": "on-call",
    "on-call-holiday": "on-call",
    "spring-before-the-clocks-change": "on-call",
    "spring-after-the-clocks-changed": "on-call",
    "autumn-the-first-time-it-is-1-45": "on-call",
    "autumn-the-second-time-it-is-1-30": "on-call",
}
"""The same lines at other hours."""

CLOCKS = {
    "office-open": "2026-11-24T10:00-05:00",
    "office-closed": "2026-11-24T12:30-05:00",
    "office-holiday": "2026-11-26T10:00-05:00",
    "on-call": "2026-11-24T22:00-05:00",
    "on-call-alone": "2026-11-28T10:00-05:00",
    "on-call-gap": "2026-12-02T22:00-05:00",
    "on-call-holiday": "2026-11-26T10:00-05:00",
    "spring-before-the-clocks-change": "2026-03-08T01:59-05:00",
    "spring-after-the-clocks-changed": "2026-03-08T03:00-04:00",
    "autumn-the-first-time-it-is-1-45": "2026-11-01T01:45-04:00",
    "autumn-the-second-time-it-is-1-30": "2026-11-01T01:30-05:00",
    "voicemail": "2026-11-24T22:00-05:00",
    "voicemail@open": "2026-11-24T10:00-05:00",
}
"""What time it is at a variant of the line; at the others it is any time."""


def clock(name: str) -> Callable[[], dt.datetime]:
    """Return the clock of a variant of the line."""
    moment = dt.datetime.fromisoformat(CLOCKS.get(name, "2026-11-24T10:00-05:00"))
    return lambda: moment.astimezone(dt.UTC)


def variant(name: str, room: Path) -> Path:
    """Return the folder of a variant of the shipped script, made in a temporary room."""
    folder = room / name
    shutil.copytree(SHIPPED, folder)
    if name == "several-states":
        write_choice(folder, SEVERAL_STATES)
    else:
        change(folder / "line.yaml", {**VARIANTS, **WITH_EXTRAS}[HOURS_OF.get(name, name)])
    return folder


def change(path: Path, changes: dict[str, Any]) -> None:
    """Change a YAML file: mappings are merged, all else is replaced."""
    write(path, _merged(read_yaml(path), changes))


def english_alone(path: Path) -> None:
    """Leave one language in line.yaml, so that the line is proved and served in seconds."""
    content = read_yaml(path)
    del content["languages"]["es"], content["agency"]["name"]["es"], content["unreviewed"]
    write(path, content)


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds, in a tenth of the time that PyYAML takes without libyaml."""
    return yaml.load(path.read_text(), Loader=yaml.CSafeLoader)


def write(path: Path, data: Any) -> None:
    """Write a YAML file."""
    path.write_text(yaml.dump(data, Dumper=_WithoutAliases, allow_unicode=True, sort_keys=False))


class _WithoutAliases(yaml.CSafeDumper):
    """Writes a value in each place where it stands."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _merged(data: Any, changes: Any) -> Any:
    if isinstance(data, dict) and isinstance(changes, dict):
        return {**data, **{k: _merged(data.get(k), v) for k, v in changes.items()}}
    return changes
