"""Which tests cannot run on a system, and the lines that say how many and why.

A plugin of pytest. On Linux x86-64 with Python 3.11 or 3.12 all tests run. Tests of SIP, of
deployment and of faults need Linux; a test that is marked `wheel("NAME")` needs a package of the
extra `dev` that pyproject.toml has for some systems alone.
"""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

TESTS = Path(__file__).parent
LINUX = ("deploy", "faults", "sip")
"""Folders of tests that need systemd, SIPp or the kernel's own means: other systems lack them."""

REASONS = pytest.StashKey[Counter[str]]()


def why(item: pytest.Item, system: str = sys.platform) -> str:
    """Return why a test cannot run here; "" if it can."""
    if system != "linux" and any(TESTS / folder in item.path.parents for folder in LINUX):
        return f"they need Linux ({', '.join(LINUX)})"
    for mark in item.iter_markers("wheel"):
        if mark.args[0] not in installable():
            return f"{mark.args[0]} has no wheel for this system and Python"
    return ""


@cache
def installable() -> frozenset[str]:
    """Return the packages of the extra `dev` whose markers hold here."""
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())["project"]
    wanted = map(Requirement, project["optional-dependencies"]["dev"])
    return frozenset(one.name for one in wanted if one.marker is None or one.marker.evaluate())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what cannot run here, and count it by its reason."""
    left_out = {item: reason for item in items if (reason := why(item))}
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))
    config.stash[REASONS] = Counter(left_out.values())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the process that prints the summary know: workers of xdist collect, and it does not."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left out"] = dict(session.config.stash[REASONS])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take the counts of a worker: all workers collect the same tests."""
    if counts := getattr(node, "workeroutput", {}).get("left out"):
        node.config.stash[REASONS] = Counter(counts)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how many tests were left out, and why."""
    for line in lines(config.stash.get(REASONS, Counter())):
        terminalreporter.write_line(line)


def lines(reasons: Counter[str]) -> Iterator[str]:
    """Yield a line for each reason."""
    for reason, count in sorted(reasons.items()):
        yield f"{count} tests left out: {reason}"
