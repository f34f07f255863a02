"""Sets a number up for the line, and undoes it: a plan first, then one request that applies it."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import requests

from ivr.atomic_file import write_atomically
from ivr.carrier.client import Account
from ivr.carrier.emergency import Address, existing_address, make_address, remove_address
from ivr.carrier.number import Number, Wiring, wire
from ivr.errors import CarrierError, IvrError, SettingsError
from ivr.settings import Settings

OVERRIDES = "#ct=2000&rt=4000&rc=1&rp=ct,rt,5xx"
"""Twilio's connection overrides: wait 2 seconds for a connection and 4 for an answer, try once
more, also after an answer 5xx, then use the fallback URL. By default a caller may hear silence for
15 seconds."""

FILE = "numbers-before-setup.json"
"""The file in IVR_STATE that holds how numbers were wired before they were set up."""
HOST_SECONDS = 5
"""Seconds that the fallback's host may take to answer."""

MAX_BEGINNING = 100_000
"""Bytes of the fallback's document that are looked at."""

NEW_ADDRESS = "a new one"
"""The text in a plan for the SID of an address that does not exist yet."""


@dataclass(frozen=True)
class Plan:
    """What is to be done to a number; `address` is to be made first, if there is one."""

    number: Number
    to: Wiring
    address: Address | None = None

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        """What changes, name → (from, to); nothing if the number is as it should be."""
        return self.number.wiring.changes(self.to)


def fallback_method(settings: Settings) -> str:
    """Return the method of the carrier's request for the fallback: POST if the host takes it.

    A GET puts the caller's number into the URL, and so into the host's log. The host is asked once,
    with an empty form.
    """
    url = urlsplit(settings.fallback_url)
    if not url.hostname or url.hostname.endswith(".twilio.com"):  # this service, or a TwiML Bin
        return "POST"
    try:
        answer = requests.post(
            settings.fallback_url, timeout=HOST_SECONDS, allow_redirects=False, stream=True
        )
        with answer:
            beginning = next(answer.iter_content(MAX_BEGINNING), b"")
    except requests.RequestException:
        return "GET"
    is_taken = answer.status_code == requests.codes.ok and b"<Response" in beginning
    return "POST" if is_taken else "GET"


def fallback_note(settings: Settings, plan: Plan) -> str:
    """Return what an operator must know of the fallback's host; empty if there is nothing."""
    if plan.to.voice_fallback_method == "POST":
        return ""
    return (
        f"Note: {urlsplit(settings.fallback_url).hostname} does not take POST, so the carrier"
        " requests the fallback with GET, and the host's log may hold callers' numbers: switch its"
        " log off, or host the document in a TwiML Bin."
    )


def wanted(
    settings: Settings, fallback_method: str = "POST", *, texts_of: Wiring | None = None
) -> Wiring:
    """Return how the line's number is to be wired. Raises SettingsError without a public URL.

    Its texts come to the line, or stay where they go by `texts_of`.
    """
    url = settings.public_url
    if not url:
        raise SettingsError(
            "IVR_PUBLIC_URL is not set: set it to the URL at which the carrier finds the line,"
            " as https://line.example.org"
        )
    if urlsplit(url).scheme != "https":
        raise SettingsError(
            f'IVR_PUBLIC_URL is "{url}": what callers do must not travel openly, use https'
        )
    return Wiring(
        voice_url=f"{url}/voice{OVERRIDES}",
        voice_fallback_url=settings.fallback_url or f"{url}/voice/lifeboat",
        voice_fallback_method=fallback_method,
        status_callback=f"{url}/voice/status",
        sms_url=texts_of.sms_url if texts_of else f"{url}/text-in",
        sms_method=texts_of.sms_method if texts_of else "POST",
        sms_application_sid=texts_of.sms_application_sid if texts_of else "",
    )


def plan(
    account: Account,
    settings: Settings,
    number: Number,
    address: Address | None,
    *,
    answers_texts: bool = False,
) -> Plan:
    """Return what is to be done. Raises CarrierError where another address is registered."""
    now = number.wiring
    to = wanted(settings, fallback_method(settings), texts_of=None if answers_texts else now)
    to = replace(to, emergency_address_sid=now.emergency_address_sid)
    if address is None:
        return Plan(number, to)
    existing = existing_address(account, address)
    if now.emergency_address_sid and now.emergency_address_sid != existing:
        raise CarrierError(
            f"{number.number} has another emergency address, {now.emergency_address_sid}: take it"
            " off in your Twilio console, wait until it is unregistered (up to 30 minutes), and"
            " set it up again"
        )
    to = replace(to, emergency_address_sid=existing or NEW_ADDRESS)
    return Plan(number, to, None if existing else address)


def carry_out(account: Account, settings: Settings, what: Plan) -> Number:
    """Carry out a plan, after storing a backup. If it fails, nothing is changed.

    Raises CarrierError, or IvrError if the backup cannot be stored.
    """
    number, before = what.number, load_backup(settings, what.number)
    # The wiring is ours already, or somebody has changed it since: then theirs is backed up.
    same = before is not None and not before.ours.changes(number.wiring)
    origin = before.before if before is not None and same else number.wiring
    made = before.address if before is not None and same else ""
    save_backup(settings, number, SetupBackup(origin, what.to, made))
    try:
        if what.address is not None:
            made = make_address(account, what.address)
            what = replace(what, to=replace(what.to, emergency_address_sid=made))
        done = wire(account, number, what.to)
    except CarrierError as e:
        if not e.unsure:  # else the backup stays, and the next try goes on from it
            if what.address is not None and made:
                remove_address(account, made)
            save_backup(settings, number, before)
        raise
    save_backup(settings, number, SetupBackup(origin, what.to, made))
    return done


def undoing(settings: Settings, number: Number) -> Plan:
    """Return the plan that undoes a setup. Raises CarrierError if the number has no backup."""
    before = load_backup(settings, number)
    if before is None:
        raise CarrierError(f"nothing to undo: {number.number} was not set up from {settings.state}")
    return Plan(number, before.before)


def undo(account: Account, settings: Settings, what: Plan) -> str:
    """Carry out the plan of `undoing`; return a line about what is left at the carrier, or ""."""
    before = load_backup(settings, what.number)
    if what.changes:
        wire(account, what.number, what.to)
    save_backup(settings, what.number, None)
    made = before.address if before else ""
    if made and not remove_address(account, made):
        return (
            f"The address {made} could not be removed yet: remove it in your Twilio"
            " console once it is unregistered, or it will go on costing a fee."
        )
    return ""


@dataclass(frozen=True)
class SetupBackup:
    """A number's wiring `before` it was set up, what it was set to, and the address made for it."""

    before: Wiring
    ours: Wiring
    address: str = ""


def load_backup(settings: Settings, number: Number) -> SetupBackup | None:
    """Return the backup of a number; None if it was never set up, or that was undone.

    Raises IvrError if the file cannot be read.
    """
    stored = _read(settings).get(number.sid)
    if stored is None:
        return None
    now = asdict(number.wiring)  # an older backup lacks what was not set up then
    before, ours = (Wiring.of({**now, **stored[name]}) for name in ("before", "ours"))
    return SetupBackup(before, ours, stored["address"])


def save_backup(settings: Settings, number: Number, backup: SetupBackup | None) -> None:
    """Store the backup of a number, or remove it. Raises IvrError if it cannot be written."""
    path = settings.state / FILE
    stored = _read(settings)
    stored.pop(number.sid, None)
    if backup is not None:
        stored[number.sid] = {"number": number.number, **asdict(backup)}
    try:
        write_atomically(path, json.dumps(stored, indent=1).encode())
    except OSError as e:
        raise IvrError(
            f"{path} cannot be written ({e.strerror}), so that nothing could be undone:"
            " set IVR_STATE to a folder that can"
        ) from None


def _read(settings: Settings) -> dict[str, Any]:
    path = settings.state / FILE
    try:
        return dict(json.loads(path.read_text()))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError):
        raise IvrError(f"{path} cannot be read: restore it, or delete it to give up undo") from None
