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

_TABLE: Final[Mapping[Access, Mapping[str, str]]] = {
    "open": {
        # The carrier's and the assistant's, which bear their signatures, and monitors'.
        **dict.fromkeys(("voice", "assistant", "audio", "recording_menu", "texts", "health"), ""),
        # Pages
        "static": "",
        "sheet": "text",
        "auth": "sign_in",
    },
    "second factor": {"auth": "second passkey passkey_options sign_out"},
    "account": {
        "account": "page password totp confirm_totp remove_totp codes passkey passkey_options",
        "sessions": "page end end_others",
    },
    "signed in": {
        "console": "home",
        "map": "page node",
        "sheet": "page",
        "phone": "page call",
        "states": "page",
        "card": "page file",
        "training": "page",
        "reports": "page plot",
        "override": "page",
        "voices": "page progress",
    },
    "edit": {
        "edit": "page node save translate reviewed",
        "sounds": "clip",
        "draft_recordings": "page save",
        "numbers": "page save office",
        "hours": "page week closed date holidays",
        "on_call": "page person shift",
        "start": "page name zone state",
        "choices": "page save",
        "steps": "page save",
        "drafts": "changes submit take_back discard history revision revert",
    },
    "publish": {
        "override": "put end undo",
        "voices": "render draft_sound decide undo",
        "protection": "page end challenge",
        "drafts": "approve publish",
        "publishing": "undo",
        "doctor": "page look alert",
    },
    "listen": {"messages": "page sound called_back delete block call_back"},
    "admin": {"messages": "restore erase", "users": "page add change", "audit": "page"},
}
"""What is required → blueprint → its routes; "" are all of those that are open to the carrier."""

ACCESS: Final[Mapping[str, Access]] = {
    f"{blueprint}.{view}".rstrip("."): access
    for access, rows in _TABLE.items()
    for blueprint, views in rows.items()
    for view in views.split() or ("",)
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
