"""Sessions of voice assistants, as counts by day: no session has a row, an id or a time.

So nothing links two turns of a session, and no user or device is in the records.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, insert, update

from ivr.database.schema import totals

SESSIONS, NODES, ENDS = "assistant", "assistant-node", "assistant-end"
"""The parts of the totals: sessions that began, nodes that were said, and how sessions ended."""

PARTS = (SESSIONS, NODES, ENDS)

MOST_NAME = 80
"""Characters of a name that is counted; the rest is cut off."""


@dataclass(frozen=True, slots=True)
class SessionFact:
    """What a turn of a session adds to the counts of a day: part and name of each."""

    day: dt.date
    counted: tuple[tuple[str, str], ...]

    def store(self, connection: Connection) -> bool:
        """Add to the counts. The transaction must be one of `ivr.database.engine.writing`."""
        t = totals.c
        for part, whole_name in self.counted:
            name = whole_name[:MOST_NAME]
            row = (t.day == self.day, t.part == part, t.name == name)
            added = connection.execute(update(totals).where(*row).values(count_=t.count_ + 1))
            if not added.rowcount:
                values = {"day": self.day, "part": part, "name": name, "count_": 1}
                connection.execute(insert(totals).values(values))
        return bool(self.counted)
