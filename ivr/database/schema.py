"""The tables. They have no column for a caller's number, name, words or location.

Each column has its migration in `migrations/versions`; a test compares the two.
"""

import datetime as dt
from collections.abc import Callable

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.sql.schema import SchemaItem

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

RowId = BigInteger().with_variant(Integer, "sqlite")
"""The type of a row id; SQLite counts up by itself only in an INTEGER column."""


class Moment(TypeDecorator[dt.datetime]):
    """A moment in UTC, whatever the database makes of time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Return the value to store: UTC, and for SQLite, which stores no zone, without one."""
        if value is None:
            return None
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def bind_processor(self, dialect: Dialect) -> Callable[[dt.datetime | None], object] | None:
        """Return what makes the value to store; for SQLite, in one step for each fact."""
        return _sqlite_moment if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(
        self,
        value: dt.datetime | None,
        dialect: Dialect,  # noqa: ARG002 SQLAlchemy's signature
    ) -> dt.datetime | None:
        """Return an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _sqlite_moment(value: dt.datetime | None) -> str | None:
    """Return a moment as SQLAlchemy's own type writes it into SQLite, in UTC."""
    if value is None:
        return None
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


LARGEST = 2**63
"""Ids are smaller than this, and no database takes a larger one."""

REVISION = "0008"
"""The revision of these tables: the last one in `migrations/versions`."""

metadata = MetaData(naming_convention=NAMING)


def _numbered(name: str, *columns: SchemaItem) -> Table:
    """Return a table whose rows the database numbers."""
    return Table(name, metadata, Column("id", RowId, primary_key=True), *columns)


calls = Table(
    "calls",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # random
    # The carrier's call id, hashed with the day's key; erased two days later.
    Column("hash", String(32), nullable=True, unique=True),
    Column("started", Moment, nullable=False),
    Column("answered", SmallInteger, nullable=False, default=0),  # 1: its first turn is stored
    Column("day", Date, nullable=False, index=True),  # in the line's time zone
    Column("hour", SmallInteger, nullable=False),
    Column("last", Moment, nullable=False),  # its latest turn
    Column("language", String(12), nullable=False, default=""),  # at its latest turn
    Column("at", String(80), nullable=False, default=""),  # where its latest turn led
    Column("seconds", Integer, nullable=True),
    Column("ended", String(20), nullable=True),  # the carrier's CallStatus
    Column("counted", SmallInteger, nullable=False, default=0),  # 1: it is in its day's totals
    Index("ix_calls_counted_day", "counted", "day"),
)

steps = _numbered(
    "steps",
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    Column("moment", Moment, nullable=False),
    Column("node", String(80), nullable=False),  # where the caller was: "node" or "node.step"
    Column("what", String(10), nullable=False),  # answer, key, speech, outcome, taken, …
    Column("key", String(1), nullable=False, default=""),  # empty for an answer in a check
    Column("led_to", String(80), nullable=False),
    Column("dialled", String(80), nullable=True),  # the destination that this turn dials
    Column("back_from", String(80), nullable=True),  # the destination whose call had ended
    Column("outcome", String(20), nullable=True),  # how: the carrier's DialCallStatus
    Column("talked", Integer, nullable=True),  # seconds
    # These recognise a repeated request; they are erased two days later.
    Column("token", String(32), nullable=True),
    Column("mark", String(32), nullable=True),
    UniqueConstraint("call_id", "token"),
)

transfers = _numbered(
    "transfers",
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("destination", String(80), nullable=False),
    Column("dialled", Moment, nullable=True),
    Column("returned", Moment, nullable=True),
    Column("outcome", String(20), nullable=True),  # the carrier's DialCallStatus
    Column("talked", Integer, nullable=True),  # seconds
)

totals = Table(
    "totals",
    metadata,
    Column("day", Date, primary_key=True),
    Column("part", String(20), primary_key=True),  # what is counted, such as "transfer"
    Column("name", String(120), primary_key=True),
    Column("count", Integer, key="count_", nullable=False),
)

operators = _numbered(
    "operators",
    Column("name", String(80), nullable=False, unique=True),
    Column("password", String(255), nullable=False),  # hashed
    Column("created", Moment, nullable=False),
    Column("roles", String(80), nullable=False, default="admin"),  # with commas between
    Column("must_change", SmallInteger, nullable=False, default=0),  # 1: the password
    Column("totp", String(255), nullable=False, default=""),  # encrypted; empty: no second factor
    Column("passkeys", SmallInteger, nullable=False, default=0),  # how many there are
    Column("totp_used", BigInteger, nullable=False, default=0),  # the last interval of a used code
)

# Public keys of passkeys (ivr.accounts.passkeys).
passkeys = _numbered(
    "passkeys",
    Column("operator_id", ForeignKey("operators.id", ondelete="CASCADE"), nullable=False),
    Column("credential", String(1400), nullable=False, unique=True),  # its id, in base64url
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("created", Moment, nullable=False),
)

# Codes that each take the place of one TOTP code (ivr.accounts.second_factor).
recovery_codes = _numbered(
    "recovery_codes",
    Column("operator_id", ForeignKey("operators.id", ondelete="CASCADE"), nullable=False),
    Column("hash", String(64), nullable=False),  # SHA-256
)

# A sign-in to the console that has not ended (ivr.accounts.sessions).
sessions = _numbered(
    "sessions",
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256 of the cookie's token
    Column("operator_id", ForeignKey("operators.id", ondelete="CASCADE"), nullable=False),
    Column("created", Moment, nullable=False),
    Column("last_used", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("browser", String(80), nullable=False),
    Column("challenge", LargeBinary, nullable=True),  # for a passkey, to be used once
    Column("complete", SmallInteger, nullable=False),  # 0: the second factor is still to come
)

# At most one row: what applies now in place of the agency's hours (ivr.schedule.override).
overrides = _numbered(
    "overrides",
    Column("state", String(20), nullable=False),
    Column("begins", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("announcement", JSON, nullable=False),  # language → words
)

# A message (ivr.voicemail.facts). The carrier stores its sound; nobody stores a number.
messages = Table(
    "messages",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # random
    Column("recording", String(34), nullable=False, unique=True),  # the carrier's id
    Column("left", Moment, nullable=False),
    Column("language", String(12), nullable=False),
    Column("seconds", Integer, nullable=True),
    Column("urgent", SmallInteger, nullable=False, default=0),
    Column("safe", SmallInteger, nullable=True),  # 1: it is safe to call back; null: unknown
    # When the agency is notified; of a deleted message, when the carrier is asked to delete it.
    Column("due", Moment, nullable=False),
    Column("alerted", Moment, nullable=True),
    Column("called_back", Moment, nullable=True),
    Column("called_back_by", String(80), nullable=False, default=""),
    Column("deleted", Moment, nullable=True),
    Column("deleted_by", String(80), nullable=False, default=""),
    Column("erased", Moment, nullable=True),  # when the carrier deleted it
    Column("erase_after", Moment, nullable=True),  # the end of the hold, if it is on hold
    Column("caller", String(32), nullable=True),  # their hash; erased two days later
)

# What operators did (ivr.accounts.audit_log). Triggers refuse to change or remove a row.
deeds = _numbered(
    "deeds",
    Column("moment", Moment, nullable=False),
    Column("operator", String(80), nullable=False),
    Column("deed", String(20), nullable=False),
    Column("about", String(200), nullable=False, default=""),
    Column("message_id", BigInteger, nullable=True),
    Column("before", JSON(none_as_null=True), nullable=True),  # to undo it
    Column("hash", String(64), nullable=False),  # over this row and the hash of the row before it
)

# What callers have used of the limits (ivr.protection.uses); erased two days later.
uses = _numbered(
    "uses",
    Column("what", String(10), nullable=False),  # ring, message, text
    Column("hash", String(32), nullable=False),  # of the caller, with the day's key
    Column("mark", String(32), nullable=False, unique=True),  # recognises a repeated request
    Column("moment", Moment, nullable=False, index=True),
)

# Callers who ring nobody of the agency until a moment (ivr.protection.blocks).
blocks = _numbered(
    "blocks",
    Column("hash", String(32), nullable=False),  # of the caller, with the day's key
    Column("mark", String(32), nullable=False, unique=True),  # of the call or message
    Column("begins", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("operator", String(80), nullable=False),
)

# What operators switch on and off in the console.
switches = Table(
    "switches",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("is_on", SmallInteger, nullable=False),
    Column("moment", Moment, nullable=False),
    Column("operator", String(80), nullable=False),
)

# Versions of the script that were edited (ivr.editing.revisions): its files, and who did what.
script_revisions = _numbered(
    "script_revisions",
    Column("parent", BigInteger, nullable=True),  # the revision that it was made from
    Column("made", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("author", String(80), nullable=False),  # who began it
    Column("note", String(400), nullable=False, default=""),
    Column("state", String(12), nullable=False),  # draft, submitted, published, discarded, imported
    Column("files", JSON, nullable=False),  # name → text
    Column("digest", String(20), nullable=False),  # of the files
    Column("version", String(10), nullable=False, default=""),  # of the script; empty if broken
    Column("checked", JSON(none_as_null=True), nullable=True),  # what the checks say of this digest
    Column("approvals", JSON, nullable=False),  # of this digest: who, when, what they typed
    Column("submitted", Moment, nullable=True),
    Column("submitted_by", String(80), nullable=False, default=""),
    Column("published", Moment, nullable=True),
    Column("published_by", String(80), nullable=False, default=""),
    Column("publication", Integer, nullable=True, unique=True),  # counts up; the highest is on air
)

# What was typed into a draft, text by text: who changed it, from what to what.
script_edits = _numbered(
    "script_edits",
    Column("revision", ForeignKey("script_revisions.id", ondelete="CASCADE"), nullable=False),
    Column("moment", Moment, nullable=False),
    Column("operator", String(80), nullable=False),
    Column("file", String(120), nullable=False),
    Column("place", String(400), nullable=False),  # keys, as JSON; empty: all of the file
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
)

# What people recorded of a draft's words, for languages that no voice speaks.
script_recordings = _numbered(
    "script_recordings",
    Column("revision", ForeignKey("script_revisions.id", ondelete="CASCADE"), nullable=False),
    Column("key", String(40), nullable=False, index=True),  # ties a clip to its words
    Column("language", String(20), nullable=False),
    Column("prompt", String(200), nullable=False),
    Column("text", Text, nullable=False),  # the words, with their blanks filled in
    Column("mark", String(20), nullable=False),  # a hash of the sound
    Column("sound", LargeBinary, nullable=False),  # the file as it was sent
    Column("moment", Moment, nullable=False),
    Column("operator", String(80), nullable=False),
)
