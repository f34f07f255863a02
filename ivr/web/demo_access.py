"""Whom `ivr serve --demo` answers: browsers and programs on this machine, on their own behalf.

The source address alone proves nothing: another site can make a browser on this machine post here
(cross-site request forgery), or give its own name this machine's address (DNS rebinding).
"""

from urllib.parse import urlsplit

from flask import Request

from ivr.web.voice.webhook_form import REHEARSAL

LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "::1"})
_LOCAL_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
"""Host names of this machine. A page on the internet that renames itself to it has another."""


def is_local(request: Request) -> bool:
    """Tell whether a request comes from this machine and not from another site's page.

    A call that this process makes by itself is always local. A link on another site may open a
    page, which shows it to nobody else.
    """
    if request.environ.get(REHEARSAL):
        return True
    try:
        host = urlsplit(f"//{request.host}").hostname
    except ValueError:  # no host name at all, such as "["
        return False
    is_here = request.remote_addr in LOOPBACK_ADDRESSES and host in _LOCAL_NAMES
    return is_here and (_is_same_site(request) or _is_opened_page(request))


def _is_same_site(request: Request) -> bool:
    """Tell whether no browser says that another site made it send the request.

    Our pages send no referrer, so browsers give the origin of their own forms as "null"; then
    Sec-Fetch-Site tells (https://www.w3.org/TR/fetch-metadata/). Programs send neither header.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    own = f"{request.scheme}://{request.host}"
    return origin in {None, own} or (origin == "null" and site == "same-origin")


def _is_opened_page(request: Request) -> bool:
    is_page = request.headers.get("Sec-Fetch-Mode") == "navigate"
    is_document = request.headers.get("Sec-Fetch-Dest") == "document"
    return request.method == "GET" and is_page and is_document
