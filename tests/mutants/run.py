"""Changes the code one spot at a time, and looks whether quick tests notice (cosmic-ray).

    python tests/mutants/run.py --each 40

Works in a copy of the tree. Of each part it takes a sample, the same one each time, since all of
them would take days. Prints what survived, as diffs.
"""

import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 900
"""For the tests of one change, on a busy machine."""

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "*.egg-info")


@dataclass(frozen=True)
class Part:
    """Modules, and the tests that ought to notice: the quickest first, `without` the long ones."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """Run the tests, up to the first that fails."""
        files = " ".join(f"tests/{name}" for name in self.tests)
        long = f" -k 'not {' and not '.join(self.without)}'" if self.without else ""
        return f"{sys.executable} -m pytest -x -q -p no:randomly {files}{long}"


PARTS = {
    "signature": Part(
        ("ivr/web/voice/signature.py",), ("web/test_signature.py", "test_webhooks.py")
    ),
    "dialog": Part(
        ("ivr/dialog",),
        ("test_calls.py", "test_webhooks.py", "schedule/test_on_call.py", "test_never_stranded.py"),
        ("names_nobody", "a_gap_is", "walk"),
    ),
    "twiml": Part(
        ("ivr/twiml/voice.py",),
        (
            "test_pauses.py",
            "carrier/test_lifeboat.py",
            "test_calls.py",
            "test_webhooks.py",
            "carrier/test_carriers.py",
            "web/test_voicemail.py",
        ),
        ("walk",),
    ),
    "checks": Part(
        ("ivr/checks",),
        ("checks", "cli/test_check.py", "schedule/test_on_call.py", "test_serve.py"),
        (
            *("and_its_variants", "no_caller_hears", "cost_grows", "names_nobody", "a_gap_is"),
            *("reload", "does_not_start", "demo"),
        ),
    ),
}


def main() -> None:
    """Run each part, and print how many of its changes were noticed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--each", type=int, default=40, help="changes of each part")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    asked = parser.parse_args()
    for name in asked.parts:
        with tempfile.TemporaryDirectory() as room:
            noticed, survived = tried(PARTS[name], Path(room) / "tree", asked.each)
        of = noticed + len(survived)
        print(f"{name}: {noticed} of {of} noticed ({noticed / max(of, 1):.0%})", flush=True)
        for diff in survived:
            print(diff, flush=True)


def tried(part: Part, tree: Path, most: int) -> tuple[int, list[str]]:
    """Return how many changes were noticed, and the diffs of the others."""
    shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
    modules = ", ".join(f'"{module}"' for module in part.modules)
    config = f"""[cosmic-ray]
module-path = [{modules}]
timeout = {PATIENCE_SECONDS}.0
test-command = "{part.command}"
[cosmic-ray.distributor]
name = "local"
"""
    (tree / "mutants.toml").write_text(config)
    cosmic(tree, "init", "mutants.toml", "session.sqlite")
    sample(tree / "session.sqlite", most)
    cosmic(tree, "exec", "mutants.toml", "session.sqlite")
    with closing(sqlite3.connect(tree / "session.sqlite")) as session:
        rows = session.execute("SELECT test_outcome, diff FROM work_results").fetchall()
    noticed = sum(outcome != "SURVIVED" for outcome, _ in rows)
    return noticed, [diff for outcome, diff in rows if outcome == "SURVIVED"]


def sample(session: Path, most: int) -> None:
    """Keep a sample of the changes that are to be tried."""
    with closing(sqlite3.connect(session)) as made:
        rows = made.execute(
            "SELECT job_id FROM mutation_specs ORDER BY module_path, start_pos_row,"
            " start_pos_col, operator_name, occurrence"
        )
        jobs = [row[0] for row in rows]
        chosen = random.Random(1).sample(jobs, min(most, len(jobs)))
        for job in set(jobs) - set(chosen):
            made.execute("DELETE FROM mutation_specs WHERE job_id = ?", (job,))
            made.execute("DELETE FROM work_items WHERE job_id = ?", (job,))
        for i, job in enumerate(chosen):  # in this order: what is broken off is a sample, too
            made.execute("UPDATE work_items SET rowid = ? WHERE job_id = ?", (i - len(chosen), job))
        made.commit()


def cosmic(tree: Path, *command: str) -> None:
    """Run cosmic-ray in the copy, with the copy's own modules before all others."""
    env = {**os.environ, "PYTHONPATH": str(tree)}
    subprocess.run(
        [str(Path(sys.executable).with_name("cosmic-ray")), *command], cwd=tree, env=env, check=True
    )


if __name__ == "__main__":
    main()
