"""Checks of `ivr sip`, which says of itself how it stands at the PBX (docs/pbx.md)."""

from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, ValidationError

from ivr.doctor.check import Check, CheckContext, CheckResult, failed, ok, skipped, warning
from ivr.errors import ExtraError, require
from ivr.schedule.on_call import LOOPBACK_HOSTS

STATUS_PATH = "/sip/status"
"""Where `ivr sip` says how it stands, at the address of its recordings."""

_SECONDS = 3
_NOT_USED = "not used: IVR_SIP_PASSWORD is not set, and IVR_CARRIER_API is not `ivr sip`"


class Status(BaseModel):
    """What `ivr sip` says of itself; the numbers count calls since it started."""

    registration: str
    taken: int
    with_sound: int
    dialled: int
    answered: int
    codecs: str
    keys: str


def registered(context: CheckContext) -> CheckResult:
    """Does `ivr sip` run, and is its extension registered at the PBX?"""
    settings = context.settings
    is_meant = settings.sip_password or urlsplit(settings.carrier_api).hostname in LOOPBACK_HOSTS
    try:
        require("sip")
    except ExtraError as e:
        if not is_meant:
            return ok(_NOT_USED)
        return failed(f"the line is to take a PBX's calls, but {e}", "install it")
    status = _status(context)
    if status is None and is_meant:
        return warning(
            "`ivr sip` is installed, but does not say how it stands",
            "start it with the account and token of the line, and set IVR_CARRIER_API to the"
            " address of its recordings",
        )
    if status is None:
        return ok(_NOT_USED)
    match status.registration:
        case "registered":
            return ok("the extension is registered")
        case "":
            return ok("takes a trunk's calls, and does not register")
        case "refused":
            return failed("the PBX refuses the registration", "is IVR_SIP_PASSWORD right?")
        case _:
            return failed("the extension is not registered", "see the log of `ivr sip`")


def _of_status(row: Callable[[Status], CheckResult]) -> Check:
    """Return the check that makes a row of what `ivr sip` says of itself, if it does."""

    def check(context: CheckContext) -> CheckResult:
        status = _status(context)
        if status is None:
            return skipped("`ivr sip` does not say how it stands", "see the row PBX")
        return row(status)

    return check


@_of_status
def reachable(status: Status) -> CheckResult:
    """Have calls come in with sound, and gone out and been answered?"""
    text = (
        f"{status.taken} calls in, {status.with_sound} of them with sound;"
        f" {status.dialled} out, {status.answered} of them answered"
    )
    if status.taken and not status.with_sound:
        return failed(f"{text}: no caller's sound arrives", "let RTP through the firewall")
    if status.dialled and not status.answered:
        return warning(f"{text}: nobody was reached", "is the PBX's route to the numbers right?")
    if not (status.with_sound and status.answered):
        return warning(text, "call the line, press a key, and let it connect you, both ways")
    return ok(text)


codecs = _of_status(lambda status: ok(f"{status.codecs}; the PBX must convert others"))
keys = _of_status(lambda status: ok(status.keys))


def _status(context: CheckContext) -> Status | None:
    """Ask `ivr sip` on this machine; return None if it is not there."""
    settings = context.settings
    if urlsplit(settings.carrier_api).hostname not in LOOPBACK_HOSTS or not settings.auth_tokens:
        return None
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.get(
                settings.carrier_api.rstrip("/") + STATUS_PATH,
                auth=(settings.account_sid, settings.auth_tokens[0]),
                timeout=_SECONDS,
                allow_redirects=False,
            )
            return Status.model_validate_json(answer.content) if answer.ok else None
        except (requests.RequestException, ValidationError):
            return None
