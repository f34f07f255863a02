"""The time zone of a whole calendar (X-WR-TIMEZONE), however the program that wrote it names it."""

from functools import lru_cache
from zoneinfo import available_timezones


def place_of(name: str) -> str:
    """Return the IANA name of a time zone; "" if there is no such zone.

    Capitals make no difference, and names of Windows ("Eastern Standard Time") are those of the
    Unicode CLDR (https://github.com/unicode-org/cldr, windowsZones.xml).
    """
    return _names().get(name.strip().strip('"').casefold(), "")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    places = available_timezones()
    windows = {name.casefold(): place for name, place in WINDOWS_TO_OLSON.items()}
    return {name: place for name, place in windows.items() if place in places} | {
        place.casefold(): place for place in places
    }
