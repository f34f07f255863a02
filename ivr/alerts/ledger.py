"""Which alerts were delivered within the hour, and which are waiting: one file for all processes.

An alert is `sent` only after somebody received it. While it is being sent it is `sending`; if its
process ends meanwhile, it is `waiting` again a minute later. The file holds no data of a caller:
an alert is identified by a hash, and its text does not mention the caller.
"""

import fcntl
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from ivr.atomic_file import make_private_folder, write_atomically

log = logging.getLogger("ivr.alerts")

HOUR_SECONDS = 3600
"""Seconds for which an alert that was sent counts, and the same one is not sent again."""

WAITING_SECONDS = 24 * 3600
"""Seconds after which an alert that could not be delivered is given up, and logged as lost."""

SENDING_SECONDS = 60
"""Seconds after which an alert whose process has not reported its delivery is waiting again."""

RETRY_SECONDS = (2, 8, 20, 60)
"""Pauses after digests that nobody received; the last one repeats."""

MAX_ENTRIES = 500
"""Alerts of a kind that are known one by one; further ones are only counted."""

LOCK_SECONDS = 2.0
"""Seconds to wait for the file; after that, the process counts for itself."""


class State(Enum):
    """What is known of an alert. `NEW`: the process that asks is to send it now."""

    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    IN_DIGEST = "in digest"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a kind is sent: `per_hour` alerts, then a digest every `digest_seconds`."""

    per_hour: int
    digest_seconds: float


@dataclass(frozen=True, slots=True)
class Digest:
    """Alerts that wait: their keys, how many there are, the text of the last one.

    `is_limited` is False if they wait only because nobody received them.
    """

    keys: tuple[str, ...]
    count: int
    text: str
    is_limited: bool


Kind = dict[str, Any]
"""What is stored of a kind: `entries` (key → [state, moment, text]), `more` (how many wait without
an entry), `digest` (when the last one was delivered), `tried` and `tries` (of the next one)."""


class Ledger:
    """The states of alerts, in a file; if that cannot be used, in the memory of each process."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now
        self._memory: dict[str, Kind] = {}

    def begin(self, kind: str, key: str, text: str, budget: Budget) -> State:
        """Return the state of an alert. `NEW` makes it `SENDING`: `finish` must follow."""
        with self._opened() as kinds:
            stored = kinds.setdefault(kind, _new_kind())
            entries, now = stored["entries"], self._now()
            if key in entries:
                return State(entries[key][0])
            if self._count(stored) < budget.per_hour and not _waiting(stored):
                entries[key] = [State.SENDING.value, now, text]
                return State.NEW
            if len(entries) < MAX_ENTRIES:
                entries[key] = [State.WAITING.value, now, text]
            else:
                stored["more"] += 1
            return State.WAITING

    def finish(self, kind: str, key: str, *, is_delivered: bool) -> None:
        """Record whether somebody received an alert; if nobody did, it waits."""
        with self._opened() as kinds:
            entry = kinds.setdefault(kind, _new_kind())["entries"].get(key)
            if entry is not None:
                state = State.SENT if is_delivered else State.WAITING
                entry[:2] = [state.value, self._now()]

    def kinds_waiting(self) -> list[str]:
        """Return the kinds of which alerts are waiting."""
        with self._opened() as kinds:
            return [kind for kind, stored in kinds.items() if _waiting(stored)]

    def begin_digest(self, kind: str, budget: Budget) -> Digest | None:
        """Return what is to be sent in a digest now, if anything; `finish_digest` must follow."""
        with self._opened() as kinds:
            stored, now = kinds.setdefault(kind, _new_kind()), self._now()
            waiting = _waiting(stored)
            is_limited = self._count(stored) >= budget.per_hour
            if not waiting or now < self._digest_is_due(stored, budget):
                return None
            stored["tried"] = now
            stored["tries"] += 1
            text = stored["entries"][waiting[-1]][2]
            count = len(waiting) + stored["more"]
            return Digest(tuple(waiting), count, text, is_limited)

    def finish_digest(self, kind: str, digest: Digest, *, is_delivered: bool) -> None:
        """Record whether somebody received a digest; if nobody did, its alerts still wait."""
        if not is_delivered:
            return
        with self._opened() as kinds:
            stored, now = kinds.setdefault(kind, _new_kind()), self._now()
            for key in digest.keys:
                if key in stored["entries"]:
                    stored["entries"][key][:2] = [State.IN_DIGEST.value, now]
            more = max(stored["more"] - (digest.count - len(digest.keys)), 0)
            stored.update(digest=now, more=more, tries=0)

    def _digest_is_due(self, stored: Kind, budget: Budget) -> float:
        """Return when the next digest is due, in seconds since 1970."""
        due = stored["digest"] + budget.digest_seconds
        if budget.per_hour == 1:  # trouble with the line: an hour after the alert itself
            sent = [at for state, at, _ in stored["entries"].values() if state == State.SENT.value]
            due = max([due, *(at + budget.digest_seconds for at in sent)])
        if stored["tries"]:
            pause = RETRY_SECONDS[min(stored["tries"], len(RETRY_SECONDS)) - 1]
            due = max(due, stored["tried"] + pause)
        return float(due)

    def _count(self, stored: Kind) -> int:
        """Return how many alerts of a kind were sent by themselves within the hour."""
        counted = {State.SENT.value, State.SENDING.value}
        return sum(entry[0] in counted for entry in stored["entries"].values())

    def _clean(self, kinds: dict[str, Kind]) -> None:
        """Forget what was sent an hour ago, and let those wait whose sending has not ended."""
        now = self._now()
        lasts = {State.WAITING.value: WAITING_SECONDS, State.SENDING.value: SENDING_SECONDS}
        for kind, stored in list(kinds.items()):
            for key, entry in list(stored["entries"].items()):
                state, at, _ = entry
                if now - at < lasts.get(state, HOUR_SECONDS):
                    continue
                if state == State.SENDING.value:
                    entry[:2] = [State.WAITING.value, now]
                    continue
                if state == State.WAITING.value:
                    log.error("an alert of the kind %s was given up: nobody received it", kind)
                del stored["entries"][key]
            if not stored["entries"] and now - stored["digest"] >= HOUR_SECONDS:
                del kinds[kind]

    @contextmanager
    def _opened(self) -> Iterator[dict[str, Kind]]:
        """Open the ledger for reading and changing; what changed is written at the end."""
        lock = self._lock()
        try:
            kinds = self._read() if lock else self._memory
            before = deepcopy(kinds)
            self._clean(kinds)
            yield kinds
            self._memory = kinds
            if lock and kinds != before:
                try:
                    write_atomically(self._path, json.dumps(kinds).encode())
                except OSError as e:
                    log.warning("the ledger of alerts cannot be written: %s", type(e).__name__)
        finally:
            if lock:
                lock.close()

    def _read(self) -> dict[str, Kind]:
        """Return what the file holds; what this process knows if the file is damaged."""
        try:
            kinds = json.loads(self._path.read_bytes())
            return {kind: {**_new_kind(), **stored} for kind, stored in kinds.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, TypeError):
            log.warning("the ledger of alerts cannot be read; this process counts for itself")
            return self._memory

    def _lock(self) -> Any:  # noqa: ANN401 an open file
        """Return the locked lock file; None if it cannot be locked."""
        try:
            make_private_folder(self._path.parent)
            file = self._path.with_suffix(".lock").open("w")
        except OSError:
            return None
        end = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() > end:
                    file.close()
                    return None
                time.sleep(0.02)
            else:
                return file


def _new_kind() -> Kind:
    return {"entries": {}, "more": 0, "digest": 0.0, "tried": 0.0, "tries": 0}


def _waiting(stored: Kind) -> Sequence[str]:
    """Return the keys of the alerts that wait, the oldest first."""
    return [key for key, entry in stored["entries"].items() if entry[0] == State.WAITING.value]
