"""Messages that callers leave: what became of each, never its sound and nobody's number.

What is known of a message comes in pieces, late, twice and in any order: a key of the caller's, the
end of the call, the carrier's word that the recording is there. Each piece only adds to its row, so
that the order makes no difference, and what is deleted stays so.
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast, get_args

from sqlalchemy import Connection, insert, select, update

from ivr.database import schema
from ivr.dialog import Place, Turn
from ivr.phone_numbers import RECORDING_SID
from ivr.records.facts import seconds_of

What = Literal["left", "kept", "urgent", "deleted", "silent"]

WAIT = dt.timedelta(seconds=40)
"""How long the agency is not told of a message, in which the caller may still delete it."""

CALLER: Final = "caller"
"""Who deleted a message, where it was not an operator."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What became known of a message; `recording` is what the carrier calls it.

    `what`: left; kept or marked urgent, which the agency is told at once; deleted by the caller;
    silent, as the carrier found. `seconds` and `safe` (to call back) are None where not told.
    """

    recording: str
    what: What
    moment: dt.datetime
    language: str
    seconds: int | None = None
    safe: bool | None = None

    def store(self, connection: Connection) -> None:
        """Add the piece to its message. Raises SQLAlchemyError."""
        write(connection, [self])


def pieces(here: Place | None, turn: Turn, request: Mapping[str, str]) -> Iterator[Piece]:
    """Yield what a turn tells of messages; `here` is where the caller was."""
    for fact in turn.facts if here else ():
        if here and fact.kind in get_args(What) and RECORDING_SID.fullmatch(fact.detail):
            what = cast("What", fact.kind)
            piece = Piece(fact.detail, what, fact.at, here.language)
            if what == "left":
                seconds = seconds_of(request.get("RecordingDuration", ""))
                piece = replace(piece, seconds=seconds, safe=here.safe)
            yield piece


def called(
    request: Mapping[str, str], language: str, *, safe: bool, moment: dt.datetime
) -> Piece | None:
    """Return what the carrier's callback tells of a recording, or None for one that is none."""
    recording, status = request.get("RecordingSid", ""), request.get("RecordingStatus", "")
    if not RECORDING_SID.fullmatch(recording) or status not in {"completed", "absent"}:
        return None
    if status == "absent":
        return Piece(recording, "silent", moment, language, 0, safe)
    return Piece(
        recording, "left", moment, language, seconds_of(request.get("RecordingDuration", "")), safe
    )


def write(connection: Connection, told: Sequence[Piece]) -> int:
    """Add pieces to the messages, and return how many messages were new. Raises SQLAlchemyError."""
    table, new = schema.messages, 0
    for recording, known in _by_recording(told):
        where = table.c.recording == recording
        row = connection.execute(select(table).where(where)).mappings().one_or_none()
        kept = _merged(dict(row) if row else _begun(known[0]), known)
        if row is None:
            connection.execute(insert(table).values(kept))
            new += 1
        else:
            connection.execute(update(table).where(where).values(kept))
    return new


def _by_recording(told: Iterable[Piece]) -> Iterator[tuple[str, list[Piece]]]:
    found: dict[str, list[Piece]] = {}
    for piece in told:
        found.setdefault(piece.recording, []).append(piece)
    yield from found.items()


def _begun(piece: Piece) -> dict[str, Any]:
    return {
        "id": secrets.randbits(53),
        "recording": piece.recording,
        "left": piece.moment,
        "language": piece.language,
        "seconds": None,
        "urgent": 0,
        "safe": None,
        "due": piece.moment + WAIT,
        "deleted": None,
        "deleted_by": "",
    }


def _merged(row: dict[str, Any], told: Iterable[Piece]) -> dict[str, Any]:
    """Return a row with what is told of it; a recording that came is longer than no sound."""
    for piece in told:
        row["left"] = min(row["left"], piece.moment)
        if piece.safe is not None and row["safe"] is None:
            row["safe"] = int(piece.safe)
        if piece.seconds is not None:
            row["seconds"] = max(piece.seconds, row["seconds"] or 0)
        if piece.what in {"kept", "urgent"}:
            row["due"] = min(row["due"], piece.moment)
        if piece.what == "urgent":
            row["urgent"] = 1
        if piece.what == "deleted" and row["deleted"] is None:
            row["deleted"], row["deleted_by"] = piece.moment, CALLER
    return row
