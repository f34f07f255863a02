"""A disk that is really full: a small file system in memory, which only the line itself sees."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from ivr.phone.parties import made_up_sid
from ivr.phone.transport import HttpTransport
from tests.lines import TOKEN
from tests.serving import until
from tests.small_script import small

SERVED = {
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "IVR_METRICS": "exact",
}
MOUNTED = 'mount -t tmpfs -o size=2m small "$0" && echo $$ > "$1" && shift && exec "$@"'


@pytest.fixture
def small_disk(state: Path, tmp_path: Path) -> tuple[tuple[str, ...], Path]:
    """Return what to start a line within, so that its state is on a disk of 2 MB; and its id."""
    assert shutil.which("unshare"), "unshare is missing: apt-get install -y util-linux"
    state.mkdir()
    pid = tmp_path / "pid"
    root = () if os.getuid() == 0 else ("--map-root-user",)
    return ("unshare", "--mount", *root, "sh", "-c", MOUNTED, str(state), str(pid)), pid


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave not a byte free on the disk of a folder."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1024))
    assert os.statvfs(folder).f_bavail == 0
    yield
    filler.unlink()


def test_a_full_disk_changes_no_answer_and_all_is_written_once_there_is_room(
    serve, tmp_path: Path, state: Path, small_disk: tuple[tuple[str, ...], Path]
) -> None:
    within, pid = small_disk
    script = small(tmp_path)  # the line itself proves it: nothing else sees its disk
    with serve(script, "--workers", "1", within=within, proved=False, **SERVED) as (url, log):
        seen = Path(f"/proc/{pid.read_text().strip()}/root{state}")
        line = HttpTransport(TOKEN)
        before = answers(line, url, 50)
        with filled(seen):
            assert answers(line, url, 100) == before
            until(lambda: "facts wait" in ready(url), log)
            assert "the records cannot be written, facts wait in memory" in log.read_text()
        until(lambda: "facts wait" not in ready(url), log)
        line.close()
        until(lambda: written(url) == 150, log)


def answers(line: HttpTransport, url: str, calls: int) -> set[bytes]:
    """Return what so many new callers heard."""
    bodies = set()
    for _ in range(calls):
        answer = line.request("POST", f"{url}/voice", [("CallSid", made_up_sid("CA"))])
        assert answer.status == 200
        bodies.add(answer.body)
    return bodies


def ready(url: str) -> str:
    return requests.get(f"{url}/readyz", timeout=5).text


def written(url: str) -> int:
    """Return how many facts the line has written, as its metrics tell."""
    metrics_page = requests.get(f"{url}/metrics", timeout=5).text
    return int(
        float(re.search(r"^ivr_records_written_total (\S+)$", metrics_page, re.MULTILINE)[1])
    )
