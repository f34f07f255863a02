"""All rows, in the order of the table, and how they are examined."""

from collections.abc import Iterator
from dataclasses import replace

from ivr.carrier.doctor import accounts, lines, numbers
from ivr.carrier.doctor.check import Examine, Look, Row
from ivr.carrier.number import find
from ivr.errors import CarrierError

ACCOUNT: dict[str, Examine] = {
    "account": accounts.account,
    "token": accounts.token,
    "balance": accounts.balance,
    "calls at once": accounts.capacity,
    "clock": accounts.clock,
    "countries": accounts.countries,
}
NUMBER: dict[str, Examine] = {
    "number": numbers.owned,
    "wiring": numbers.wiring,
    "overrides": numbers.overrides,
    "911": numbers.emergency,
    "text messages": numbers.texts,
    "lifeboat": lines.lifeboat,
    "answers": lines.answers,
}
LINE: dict[str, Examine] = {"certificate": lines.certificate, "strangers": lines.stranger}


def examine(look: Look, number: str | None) -> Iterator[Row]:
    """Yield every row. What hangs on the account or the number is left out where that failed."""
    yield from (_row(name, how, look) for name, how in LINE.items())
    first = _row("account", accounts.account, look)
    yield first
    if first.level == "failed" and first.remedy == TRY_AGAIN:
        return
    yield from (_row(name, how, look) for name, how in ACCOUNT.items() if name != "account")
    try:
        look = replace(look, number=find(look.account, number))
    except CarrierError as e:
        yield Row("number", "failed", str(e), "name the line's own number, or buy it")
        return
    yield from (_row(name, how, look) for name, how in NUMBER.items())


TRY_AGAIN = "mend that first, then look again"


def _row(name: str, how: Examine, look: Look) -> Row:
    try:
        return Row(name, *how(look))
    except CarrierError as e:
        return Row(name, "failed", str(e), TRY_AGAIN)
