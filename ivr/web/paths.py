"""Which paths belong to calls, and which to pages. The two share nothing that can be used up."""

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

CALL_ROOTS = frozenset({"voice", "audio", "record", "text-in", "healthz", "readyz", "metrics"})
"""First segments of the paths that the carrier asks for in a call, and monitors at any time."""


def is_of_call(path: str) -> bool:
    """Tell whether a path is the carrier's or a monitor's; all others are pages."""
    return path[1:].partition("/")[0] in CALL_ROOTS


def public_path(public_url: str) -> str:
    """Return the path of IVR_PUBLIC_URL, below which a proxy shows the line; empty if none."""
    return unquote(urlsplit(public_url).path).rstrip("/")


def call_path_test(public_url: str) -> Callable[[str], bool]:
    """Return `is_of_call`, for a proxy that leaves the path of IVR_PUBLIC_URL in place, too."""
    prefix = public_path(public_url)
    if not prefix:
        return is_of_call
    return lambda path: (
        is_of_call(path)
        or (path.startswith(f"{prefix}/") and is_of_call(path.removeprefix(prefix)))
    )
