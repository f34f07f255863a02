"""The doctor's checks in the order of the table, and the functions that run them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from ivr.carrier.client import Account
from ivr.carrier.number import Number, find
from ivr.doctor import database, machine, pbx, service
from ivr.doctor import script as of_script
from ivr.doctor.bounded import BoundedChecks, Work
from ivr.doctor.carrier import accounts, lines, numbers
from ivr.doctor.check import (
    ONLINE,
    Check,
    CheckContext,
    CheckResult,
    Row,
    failed,
    ok,
    skipped,
)
from ivr.errors import CarrierError

SETTINGS: Mapping[str, Check] = {
    "settings": machine.settings,
    "public URL": service.public_url,
    "carrier's account": service.account,
    "script": of_script.checked,
    "numbers": of_script.numbers,
    "languages": of_script.languages,
    "hours": of_script.hours,
    "on call": of_script.on_call,
    "clips": of_script.clips,
    "state": machine.state,
    "secret": machine.secret,
    "day keys": machine.day_keys,
    "database": database.database,
    "operators": database.operators,
    "alerts": service.alerts,
    "metrics": service.metrics,
    "recording menu": service.recording_menu,
    "models": machine.models,
    "PBX": pbx.registered,
    "PBX calls": pbx.reachable,
    "PBX codecs": pbx.codecs,
    "PBX keys": pbx.keys,
    "speed": service.speed,
    "clock": machine.clock,
}
"""The checks of what is set on this machine. Some ask another machine if the context allows it."""

OF_SCRIPT = frozenset(
    {of_script.numbers, of_script.languages, of_script.hours, of_script.on_call, of_script.clips}
)
"""The checks that need a script."""

REACHED: Mapping[str, Check] = {"certificate": service.certificate, "ready": service.ready}
"""The checks of the line by its public URL."""

STRANGERS: Mapping[str, Check] = {"strangers": lines.stranger}
ACCOUNT: Mapping[str, Check] = {
    "token": accounts.token,
    "balance": accounts.balance,
    "calls at once": accounts.capacity,
    "carrier's clock": accounts.clock,
    "countries": accounts.countries,
}
NUMBER: Mapping[str, Check] = {
    "wiring": numbers.wiring,
    "overrides": numbers.overrides,
    "911": numbers.emergency,
    "text messages": numbers.texts,
    "lifeboat": lines.lifeboat,
    "answers": lines.answers,
}
CARRIER = (*REACHED, *STRANGERS, "account", *ACCOUNT, "number", *NUMBER)
"""The names of the rows that need the network."""


def run(
    context: CheckContext, number: str | None = None, checks: BoundedChecks | None = None
) -> Iterator[Row]:
    """Yield every row. Those that need the network are skipped unless the context allows it."""
    checks = checks or BoundedChecks()
    yield from checks.run(_bound(SETTINGS, context))
    yield from run_carrier(context, number, checks)


def run_carrier(
    context: CheckContext, number: str | None = None, checks: BoundedChecks | None = None
) -> Iterator[Row]:
    """Yield the rows of the public URL, the account and the number."""
    checks = checks or BoundedChecks()
    if reason := _reason_to_skip(context):
        yield from (Row(name, *reason) for name in CARRIER)
        return
    yield from checks.run(_bound(REACHED, context))
    line, account = context.own_script.line, Account.configured(context.settings)
    if account is None or line.carrier != "twilio":
        rest = skipped("only an account at Twilio can be looked at", "docs/carriers.md lists why")
        yield from (Row(name, *rest) for name in CARRIER if name not in REACHED)
        return
    yield from _account(replace(context, account=account), number or line.agency.number, checks)


def _reason_to_skip(context: CheckContext) -> CheckResult | None:
    if context.settings.demo:
        return skipped("the demo has no account and no public URL", "start the line without --demo")
    if not context.is_online:
        return skipped("needs the network", ONLINE)
    if context.script is None:
        return skipped("needs a script that can be read", "mend the script first")
    if not context.settings.public_url:
        return skipped("IVR_PUBLIC_URL is not set", "set it first")
    return None


def _account(context: CheckContext, number: str | None, checks: BoundedChecks) -> Iterator[Row]:
    """Yield the rows of an account. Those that need more are skipped if what they need failed."""
    first: dict[str, Check] = {**STRANGERS, "account": accounts.account}
    rows = checks.run(_bound(first, context))
    yield from rows
    if rows[-1].level == "failed" and rows[-1].remedy == TRY_AGAIN:
        rest = skipped("the account could not be looked at", TRY_AGAIN)
        yield from (Row(name, *rest) for name in (*ACCOUNT, "number", *NUMBER))
        return
    owned: list[Number] = []
    with_number = {
        **_bound(ACCOUNT, context),
        "number": _finding(context, number, owned),
    }
    yield from checks.run(with_number)
    if not owned:
        rest = skipped("the line's number was not found", TRY_AGAIN)
        yield from (Row(name, *rest) for name in NUMBER)
        return
    yield from checks.run(_bound(NUMBER, replace(context, number=owned[0])))


def _finding(context: CheckContext, number: str | None, owned: list[Number]) -> Work:
    """Return a check whether the account owns the line's number, which it adds to `owned`."""

    def check() -> CheckResult:
        try:
            own = find(context.own_account, number)
        except CarrierError as e:
            return failed(str(e), "name the line's own number with --number, or buy one")
        owned.append(own)
        return ok(f"{own.number} is the account's")

    return check


TRY_AGAIN = "fix that first, then run this again"


def _bound(checks: Mapping[str, Check], context: CheckContext) -> dict[str, Work]:
    unread = skipped("the script cannot be read", "mend what the row script names")
    return {
        name: (lambda: unread)
        if context.script is None and check in OF_SCRIPT
        else partial(_result, check, context)
        for name, check in checks.items()
    }


def _result(check: Check, context: CheckContext) -> CheckResult:
    try:
        return check(context)
    except CarrierError as e:
        return failed(str(e), TRY_AGAIN)
