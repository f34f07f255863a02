"""Who may use which route: one table, which every request is held to.

A route that is not in the table is refused to everybody, so one that is added later is closed.
"""

from collections.abc import Mapping
from typing import Final, Literal

from flask import Request

from ivr.accounts.operators import ROLES, Operator, Role

Access = Literal["open", "second factor", "account", "signed in"] | Role
"""`open`: no session is needed. `second factor`: the password was right, the code is still to come.
`account`: signed in, also with a password that has to be changed first. A role: that role."""

ACCESS: Final[Mapping[str, Access]] = {
    # The carrier's and the assistant's, which bear their signatures, and monitors'.
    "voice": "open",
    "assistant": "open",
    "audio": "open",
    "recording_menu": "open",
    "texts": "open",
    "health": "open",
    # Pages
    "static": "open",
    "sheet.text": "open",
    "auth.sign_in": "open",
    "auth.second": "second factor",
    "auth.passkey": "second factor",
    "auth.passkey_options": "second factor",
    "auth.sign_out": "second factor",
    "account.page": "account",
    "account.password": "account",
    "account.totp": "account",
    "account.confirm_totp": "account",
    "account.remove_totp": "account",
    "account.codes": "account",
    "account.passkey": "account",
    "account.passkey_options": "account",
    "sessions.page": "account",
    "sessions.end": "account",
    "sessions.end_others": "account",
    "console.home": "signed in",
    "map.page": "signed in",
    "map.node": "signed in",
    "sheet.page": "signed in",
    "phone.page": "signed in",
    "phone.call": "signed in",
    "states.page": "signed in",
    "card.page": "signed in",
    "card.file": "signed in",
    "training.page": "signed in",
    "reports.page": "signed in",
    "reports.plot": "signed in",
    "override.page": "signed in",
    "voices.page": "signed in",
    "voices.progress": "signed in",
    "override.put": "publish",
    "override.end": "publish",
    "override.undo": "publish",
    "voices.render": "publish",
    "voices.draft_sound": "publish",
    "voices.decide": "publish",
    "voices.undo": "publish",
    "protection.page": "publish",
    "protection.end": "publish",
    "protection.challenge": "publish",
    "edit.page": "edit",
    "edit.node": "edit",
    "edit.save": "edit",
    "edit.translate": "edit",
    "edit.reviewed": "edit",
    "sounds.clip": "edit",
    "draft_recordings.page": "edit",
    "draft_recordings.save": "edit",
    "numbers.page": "edit",
    "numbers.save": "edit",
    "hours.page": "edit",
    "hours.week": "edit",
    "hours.closed": "edit",
    "hours.date": "edit",
    "hours.holidays": "edit",
    "on_call.page": "edit",
    "on_call.person": "edit",
    "on_call.shift": "edit",
    "start.page": "edit",
    "start.name": "edit",
    "start.zone": "edit",
    "start.state": "edit",
    "numbers.office": "edit",
    "choices.page": "edit",
    "choices.save": "edit",
    "steps.page": "edit",
    "steps.save": "edit",
    "drafts.changes": "edit",
    "drafts.submit": "edit",
    "drafts.take_back": "edit",
    "drafts.discard": "edit",
    "drafts.history": "edit",
    "drafts.revision": "edit",
    "drafts.revert": "edit",
    "drafts.approve": "publish",
    "drafts.publish": "publish",
    "publishing.undo": "publish",
    "doctor.page": "publish",
    "doctor.look": "publish",
    "doctor.alert": "publish",
    "messages.page": "listen",
    "messages.sound": "listen",
    "messages.called_back": "listen",
    "messages.delete": "listen",
    "messages.block": "listen",
    "messages.call_back": "listen",
    "messages.restore": "admin",
    "messages.erase": "admin",
    "users.page": "admin",
    "users.add": "admin",
    "users.change": "admin",
    "audit.page": "admin",
}
"""What each route requires, by its endpoint; for those open to the carrier, by their blueprint."""


def access_to(endpoint: str) -> Access | None:
    """Return what an endpoint requires; None if the table does not have it."""
    return ACCESS.get(endpoint, ACCESS.get(endpoint.partition(".")[0]))


def is_open(request: Request) -> bool:
    """Tell whether a request needs no session; an address without a page needs none."""
    return request.endpoint is None or access_to(request.endpoint) == "open"


def may_open(operator: Operator, endpoint: str) -> bool:
    """Return whether an operator who is signed in may use a route."""
    access = access_to(endpoint)
    if access in ROLES:
        return operator.may(access)
    return access is not None
