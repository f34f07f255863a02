"""The transfers of a call, derived from those of its steps that dial, return or accept."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ivr.records.facts import ACCEPTED


@dataclass(frozen=True, slots=True)
class Ring:
    """A step that dials a destination, comes back from one, or in which a person accepts."""

    moment: dt.datetime
    what: str
    dialled: str | None
    back_from: str | None
    outcome: str | None
    talked: int | None


@dataclass(slots=True)
class Transfer:
    """A call to a destination: the columns of `transfers`. `talked` is in seconds.

    `dialled` is None while the step that dialled is missing; the last three are None until the call
    is over.
    """

    destination: str
    dialled: dt.datetime | None
    returned: dt.datetime | None = None
    outcome: str | None = None
    talked: int | None = None


def transfers_of(rings: Iterable[Ring]) -> list[Transfer]:
    """Return a call's transfers; `rings` are its steps in order of time.

    The carrier counts the seconds in which a person is asked to press 1 as talking: the two talk
    only from the moment when that person has pressed it.
    """
    transfers: list[Transfer] = []
    unfinished: dict[str, list[Transfer]] = defaultdict(list)
    accepted: dt.datetime | None = None
    for ring in rings:
        if ring.what == ACCEPTED:
            accepted = ring.moment
        if ring.back_from:
            if unfinished[ring.back_from]:
                transfer = unfinished[ring.back_from].pop()
            else:
                transfer = Transfer(ring.back_from, dialled=None)
                transfers.append(transfer)
            talked = ring.talked
            if accepted and talked is not None:
                talked = min(talked, round((ring.moment - accepted).total_seconds()))
            accepted = None
            transfer.returned, transfer.outcome, transfer.talked = ring.moment, ring.outcome, talked
        if ring.dialled:
            transfer = Transfer(ring.dialled, dialled=ring.moment)
            unfinished[ring.dialled].append(transfer)
            transfers.append(transfer)
    return transfers
