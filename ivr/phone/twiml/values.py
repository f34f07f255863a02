"""Rules for the values of attributes, each with words for what the carrier accepts."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Rule:
    """A rule for a value; `wanted` completes the sentence "it must be …"."""

    wanted: str
    fits: Callable[[str], bool]


def matching(wanted: str, pattern: str) -> Rule:
    """Return the rule that the whole value matches a regular expression."""
    compiled = re.compile(pattern, re.ASCII)
    return Rule(wanted, lambda text: compiled.fullmatch(text) is not None)


def one_of(*values: str) -> Rule:
    """Return the rule that a value is one of the given ones."""
    return Rule("one of " + ", ".join(values), values.__contains__)


def some_of(*values: str) -> Rule:
    """Return the rule that a value is one or more of the given ones, separated by spaces."""
    wanted = "of " + ", ".join(values) + ", with spaces between"
    return Rule(wanted, lambda text: bool(text) and set(text.split(" ")) <= set(values))


def whole(least: int, most: int) -> Rule:
    """Return the rule that a value is a whole number in a range."""
    digits = re.compile(r"[0-9]{1,6}", re.ASCII)
    wanted = f"a whole number from {least} to {most}"
    return Rule(wanted, lambda t: digits.fullmatch(t) is not None and least <= int(t) <= most)


def either(one: Rule, other: Rule) -> Rule:
    """Return the rule that a value fits one rule or another."""
    wanted = f"{one.wanted}, or {other.wanted}"
    return Rule(wanted, lambda text: one.fits(text) or other.fits(text))


def is_url(text: str) -> bool:
    """Return whether the carrier can request a URL, absolute or relative to the document."""
    if not text or re.search(r"[\x00-\x20\x7f<>\"\\^`{|}]", text):
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    # Twilio: host names with underscores are rejected.
    has_host = bool(parts.hostname) and "_" not in parts.netloc.rpartition("@")[2]
    if parts.scheme or parts.netloc:
        return parts.scheme in {"http", "https", ""} and has_host
    return True


def _are_hints(text: str) -> bool:
    hints = text.split(",")
    return len(hints) <= 500 and all(len(hint.strip()) <= 100 for hint in hints)  # noqa: PLR2004


ANY = Rule("anything", lambda _: True)
SOMETHING = Rule("something", lambda text: bool(text.strip()))
BOOLEAN = one_of("true", "false")
METHOD = one_of("GET", "POST")
URL = Rule("a URL that can be requested", is_url)
POSITIVE = whole(1, 999_999)
LOOP = whole(0, 1000)
HINTS = Rule("at most 500 hints of at most 100 characters, with commas between", _are_hints)
ONE_KEY_OR_NONE = matching("one of 0-9 # * or empty", r"[0-9#*]?")
KEYS = matching("keys from 0-9 # *", r"[0-9#*]*")
TONES = matching("keys from 0-9 A-D # *, w for half a second or W for one", r"[0-9A-D#*wW]+")
CALLER_ID = matching("letters, digits and + - _ . only", r"[A-Za-z0-9+\-_.]+")
COUNTRY = matching("a country in small letters, as us", r"[a-z]{2}(-old)?")

PHONE_NUMBER = matching("a phone number, best as +12025550100", r"\+?[0-9(][0-9()\-. ]{2,18}")
SIP_URI = matching("a SIP URI, as sip:help@example.org", r"sips?:[^\s@]+@[^\s@]+")
SPEECH_MODEL = matching(
    "a speech model",
    r"default|numbers_and_commands|phone_call|experimental_(conversations|utterances)"
    r"|googlev2_(long|short|telephony|telephony_short)|deepgram_nova-[23](-[a-z]+)*",
)
BREAK_TIME = matching(
    "a time of up to 10 s, as 500ms or 2s", r"(10|[0-9](\.[0-9]+)?)s|[0-9]{1,4}ms"
)
STRENGTH = one_of("none", "x-weak", "weak", "medium", "strong", "x-strong")
RATE = either(
    one_of("x-slow", "slow", "medium", "fast", "x-fast", "default"),
    Rule("from 20% to 200%", lambda t: t.endswith("%") and whole(20, 200).fits(t[:-1])),
)
VOLUME = either(
    one_of("default", "silent", "x-soft", "soft", "medium", "loud", "x-loud"),
    matching("as +6dB", r"[+-][0-9]+(\.[0-9]+)?dB"),
)
PITCH = either(
    one_of("default", "x-low", "low", "medium", "high", "x-high"),
    matching("as +10%", r"[+-][0-9]+(\.[0-9]+)?%"),
)
