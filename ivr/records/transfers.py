"""A call's transfers, told by its steps."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ivr.records.facts import TAKEN
from ivr.records.preload import Call


def transfers(call: Call) -> Iterator[dict[str, Any]]:
    """Yield a call's transfers, as its steps tell them now; a late step changes them.

    The carrier counts as talking that somebody is asked to press 1: it begins when they have.
    """
    open_ones: dict[str, list[dict[str, Any]]] = defaultdict(list)
    found = []
    taken: dt.datetime | None = None
    for kept in call.steps:
        step = kept.row
        if step["what"] == TAKEN:
            taken = step["moment"]
        if name := step["back_from"]:
            if open_ones[name]:
                transfer = open_ones[name].pop()
            else:
                transfer = _transfer(call, name)
                found.append(transfer)
            talked = step["talked"]
            if taken and talked is not None:
                talked = min(talked, round((step["moment"] - taken).total_seconds()))
            taken = None
            transfer.update(returned=step["moment"], outcome=step["outcome"], talked=talked)
        if step["dialled"]:
            transfer = _transfer(call, step["dialled"]) | {"dialled": step["moment"]}
            open_ones[step["dialled"]].append(transfer)
            found.append(transfer)
    yield from found


def _transfer(call: Call, name: str) -> dict[str, Any]:
    return {
        "call_id": call.row["id"],
        "destination": name,
        "dialled": None,
        "returned": None,
        "outcome": None,
        "talked": None,
    }
