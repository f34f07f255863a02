"""The doctor's checks in the order of the table, and the function that runs them."""

from collections.abc import Iterator
from dataclasses import replace

from ivr.carrier.number import find
from ivr.doctor.carrier import accounts, lines, numbers
from ivr.doctor.check import Check, CheckContext, Row
from ivr.errors import CarrierError

ACCOUNT: dict[str, Check] = {
    "account": accounts.account,
    "token": accounts.token,
    "balance": accounts.balance,
    "calls at once": accounts.capacity,
    "clock": accounts.clock,
    "countries": accounts.countries,
}
NUMBER: dict[str, Check] = {
    "number": numbers.owned,
    "wiring": numbers.wiring,
    "overrides": numbers.overrides,
    "911": numbers.emergency,
    "text messages": numbers.texts,
    "lifeboat": lines.lifeboat,
    "answers": lines.answers,
}
LINE: dict[str, Check] = {"certificate": lines.certificate, "strangers": lines.stranger}


def run(context: CheckContext, number: str | None) -> Iterator[Row]:
    """Yield every row. Checks that need the account or the number are skipped if that failed."""
    yield from (_row(name, check, context) for name, check in LINE.items())
    first = _row("account", accounts.account, context)
    yield first
    if first.level == "failed" and first.remedy == TRY_AGAIN:
        return
    yield from (_row(name, check, context) for name, check in ACCOUNT.items() if name != "account")
    try:
        context = replace(context, number=find(context.account, number))
    except CarrierError as e:
        yield Row(
            "number", "failed", str(e), "name the line's own number with --number, or buy one"
        )
        return
    yield from (_row(name, check, context) for name, check in NUMBER.items())


TRY_AGAIN = "fix that first, then run this again"


def _row(name: str, check: Check, context: CheckContext) -> Row:
    try:
        return Row(name, *check(context))
    except CarrierError as e:
        return Row(name, "failed", str(e), TRY_AGAIN)
