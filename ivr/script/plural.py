"""Plural forms of texts that count something, by Unicode's CLDR, through babel.

Babel is an extra, since it is large: the languages of the script that ships do without it.

Each language has its own categories (https://cldr.unicode.org/index/cldr-spec/plural-rules):
English says one thing for 1 and another for all else, Russian has three forms, Arabic six.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from gettext import c2py
from typing import Final, Literal

from ivr.errors import is_installed, require

Form = Literal["zero", "one", "two", "few", "many"]
"""A category of CLDR besides "other", which is the text itself."""

OTHER: Final = "other"

COUNTED: Final[Mapping[str, str]] = {"check.some": "count", "voicemail.recorded": "days"}
"""Prompt → its blank with a number that is counted. Other numbers are keys and telephones."""

MAY_LEAVE_OUT: Final = frozenset({"zero", "one", "two"})
"""Forms that may name the number in words: "one day"."""

_SAMPLES = (*range(1, 201), 0)
"""Whole numbers that show which forms a language has; 0 is an exception in some."""

_ONE_AND_OTHER: Final[Mapping[str, tuple[int, str]]] = {
    "en": (2, "(n != 1)"),
    "es": (3, "(n == 1 ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2)"),
}
"""Languages whose numbers below a million are "one" and "other" → gettext's rule, as babel has it.
"""


def needs_babel(language: str) -> bool:
    """Return whether the forms of a language are unknown, since babel is not installed."""
    return language not in _ONE_AND_OTHER and not is_installed("plurals")


@cache
def form_of(language: str, number: int) -> str:
    """Return the category of a whole number in a language; "other" if it is unknown."""
    if language in _ONE_AND_OTHER:
        return "one" if number == 1 else OTHER
    if needs_babel(language):
        return OTHER
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(language, sep="-").plural_form(number))
    except (UnknownLocaleError, ValueError):
        return OTHER


def forms_needed(language: str, numbers: Iterable[int]) -> list[str]:
    """Return the categories of some numbers that a language has texts of their own for.

    Raises ExtraError if babel is missing.
    """
    indexes = gettext_forms(language)
    forms = dict.fromkeys(form_of(language, number) for number in numbers)
    return [form for form in forms if indexes.get(form) != indexes[OTHER]]


@cache
def gettext_rule(language: str) -> tuple[int, str]:
    """Return how many forms a PO file of a language has, and gettext's expression for them.

    Raises ExtraError if babel is missing.
    """
    if language in _ONE_AND_OTHER:
        return _ONE_AND_OTHER[language]
    require("plurals")
    from babel.messages.plurals import get_plural

    rule = get_plural(language.replace("-", "_"))
    return rule.num_plurals, rule.plural_expr


@cache
def gettext_forms(language: str) -> Mapping[str, int]:
    """Return category → the index of its text in a PO file; the index of "other" is always there.

    Where no whole number is "other", as in Russian, its text is that of the last form.
    """
    count, expression = gettext_rule(language)
    index_of = c2py(expression)
    indexes: dict[str, int] = {}
    for number in _SAMPLES:
        indexes.setdefault(form_of(language, number), index_of(number))
    return {OTHER: count - 1, **indexes}


def is_same_rule(written: str, language: str) -> bool:
    """Return whether a header "Plural-Forms" of a PO file numbers the forms of a language so."""
    match = re.fullmatch(r"\s*nplurals=(\d+);\s*plural=([^;]+);?\s*", written)
    count, expression = gettext_rule(language)
    try:
        other = c2py(match[2]) if match else None
    except ValueError:
        other = None
    own = c2py(expression)
    same = other is not None and all(own(n) == other(n) for n in _SAMPLES)
    return same and match is not None and int(match[1]) == count
