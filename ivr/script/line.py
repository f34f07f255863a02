"""line.yaml as frozen values: the agency, its languages, numbers, hours and people on call."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator, model_validator

from ivr.phone_numbers import COUNTRIES, DEFAULT_COUNTRY, E164
from ivr.schedule.hours import Hours
from ivr.schedule.on_call import OnCall
from ivr.script.assistant import Assistant
from ivr.script.carriers import CarrierName
from ivr.script.limits import Limits
from ivr.script.nodes import NodeId
from ivr.script.spoken_text import SpokenText
from ivr.strict_model import StrictModel

MAX_NUMBERS = 4
"""The most telephones of the office: if more rang in turn, callers would wait too long."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f'there is no time zone "{name}"; write one like America/New_York'
        ) from None
    return name


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError(f'"{code}" is no country; write its two letters, such as US')
    return code


LANGUAGE_CODE: Final = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"

LanguageCode = Annotated[str, Field(pattern=LANGUAGE_CODE)]
"""A language, such as es, es-MX, zh-Hant or zh-Hant-TW (BCP 47)."""

MOST_IN_OPENING = 3
"""The most languages that the opening offers: with more, it would last too long (R5)."""


class Agency(StrictModel):
    """The agency. `number` is the line's own, E.164; by default, the number that was called."""

    name: Mapping[LanguageCode, SpokenText]
    number: E164 | None = None


class Language(StrictModel):
    """The carrier's voice for a language, and its tags: for `<Say>`, and for `<Gather>`.

    Without `recognised`, words are recognised by the tag of the voice; if it is false, not at all,
    and callers use keys alone. Until it is `on_air`, callers do not hear it, and it needs no texts.

    In a language of the tier `bridge`, callers hear a few texts, and are put through to the
    hotline. `called` is its name in other languages, by which an interpreter is asked for.

    One that is `recorded` has no voice at the carrier: clips say all of its texts.
    """

    tier: Literal["full", "bridge"] = "full"
    called: Mapping[LanguageCode, SpokenText] = Field(default_factory=dict)
    recorded: bool = False
    voice: str = Field(default="", min_length=1)
    speech: str = Field(default="", pattern=r"^[a-z]{2,3}-[A-Z]{2}$")
    recognised: Literal[False] | str | None = None
    words_per_minute: int = Field(default=130, ge=80, le=220)
    characters_per_minute: int = Field(default=200, ge=80, le=900)
    """The pace in scripts without spaces between words, such as Chinese and Thai."""
    on_air: bool = True

    @property
    def recognition(self) -> str:
        """The tag with which the carrier recognises words; empty if it does not."""
        return self.speech if self.recognised is None else self.recognised or ""

    @model_validator(mode="after")
    def _has_a_voice_or_clips(self) -> Self:
        own = {"voice": self.voice, "speech": self.speech}
        if self.recorded and (given := [name for name, value in own.items() if value]):
            raise ValueError(
                f'"{given[0]}" stands in a language of recordings alone; take it out, or take out'
                " recorded: true"
            )
        if not self.recorded and (missing := [name for name, value in own.items() if not value]):
            raise ValueError(
                f'"{missing[0]}" is missing; add it, or write recorded: true if the carrier has no'
                " voice for the language"
            )
        return self


class EmergencyBridge(StrictModel):
    """Whether 9 may connect to 911, and the day on which its address was seen to be registered.

    Without a day, the line connects once `ivr twilio doctor` has seen it (ivr.carrier.emergency).
    """

    bridge: bool = False
    address_registered_on: dt.date | None = None


class Destination(StrictModel):
    """Somebody whom the line can dial. Without a number, it is left out of every menu.

    `languages` are those that its people speak; if there are none, nothing is known of them.
    `interpreter` says that they call an interpreter to the telephone for other languages. Callers
    in a language of `number_in` are put through to that number.
    """

    number: E164 | None
    languages: tuple[LanguageCode, ...] = ()
    interpreter: bool = False
    number_in: Mapping[LanguageCode, E164] = Field(default_factory=dict)
    text: str | None = Field(default=None, pattern=r"^\d{4,11}$")
    text_word: str | None = None
    source: str | None = None
    verified_on: dt.date | None = None

    def number_for(self, language: str) -> str:
        """Return the number for callers in a language, E.164, or ""."""
        return self.number_in.get(language, self.number or "")

    def speaks(self, language: str) -> bool:
        """Return whether its people speak a language, or nothing is known of what they speak."""
        return not self.languages or language in {*self.languages, *self.number_in}


class Office(StrictModel):
    """The office's telephones, which ring while it is open: one after the other, or together."""

    numbers: tuple[E164, ...] = Field(default=(), max_length=MAX_NUMBERS)
    ring: Literal["in turn", "together"] = "in turn"
    speaks: Mapping[E164, tuple[LanguageCode, ...]] = Field(default_factory=dict)
    """The languages of those who answer a telephone, which rings first for their speakers."""
    screened: bool = False
    """Whether those who answer are asked to press 1, so that a voicemail box takes no call."""

    @field_validator("numbers")
    @classmethod
    def _each_once(cls, numbers: tuple[str, ...]) -> tuple[str, ...]:
        if twice := [n for i, n in enumerate(numbers) if n in numbers[:i]]:
            raise ValueError(f"{twice[0]} stands twice; keep one of them")
        return numbers

    def groups(self, language: str) -> tuple[tuple[str, ...], ...]:
        """Return the telephones that ring together for a caller, one such group after the other."""
        if self.ring == "together":
            return (self.numbers,)
        numbers = sorted(self.numbers, key=lambda n: language not in self.speaks.get(n, ()))
        return tuple((number,) for number in numbers)


class Voicemail(StrictModel):
    """Messages for the agency. After `keep_days` they are deleted at the carrier."""

    keep_days: int = Field(default=30, ge=1, le=365)


class Allowance(StrictModel):
    """A problem that an operator accepts: the check, the prompt or node it is about, the reason."""

    check: str
    about: str
    reason: str = Field(min_length=10)


class Decision(StrictModel):
    """Who decided on which day, and why, that callers hear safety texts that nobody reviewed."""

    by: str = Field(min_length=1)
    decided_on: dt.date
    reason: str = Field(min_length=10)


class Line(StrictModel):
    """line.yaml: the agency, its languages, and the only numbers that are ever dialled."""

    agency: Agency
    carrier: CarrierName = "twilio"
    """Whose TwiML is spoken, and how its requests are signed (docs/carriers.md)."""
    country: Annotated[str, AfterValidator(_country)] = DEFAULT_COUNTRY
    """The country of the line's numbers (ISO 3166), by which national ones are read."""
    time_zone: Annotated[str, AfterValidator(_zone)]
    languages: dict[LanguageCode, Language] = Field(min_length=1)
    """The languages that callers hear; `ivr.script.load` leaves out those that are off the air."""
    default_language: LanguageCode
    opening: int | None = Field(default=None, ge=1, le=MOST_IN_OPENING)
    """How many languages the opening offers by themselves: two, unless it is set."""
    unreviewed: Mapping[LanguageCode, Decision] = Field(default_factory=dict)
    """The languages that callers hear though nobody has reviewed their safety texts."""
    speech: bool = True
    silence: Literal["hotline", "goodbye"] = "hotline"
    emergency: EmergencyBridge = EmergencyBridge()
    destinations: dict[NodeId, Destination]
    keep_days: int = Field(default=90, ge=3, le=3650)
    """Days for which a call's records are stored; daily totals stay (ivr.records.retention)."""
    office: Office = Office()
    hours: Hours | None = None
    on_call: OnCall | None = None
    voicemail: Voicemail | None = None
    text_me: bool = False
    """Whether the key 8 sends callers the numbers as a text message."""
    answer_texts: Mapping[LanguageCode, SpokenText] = {}
    """What a text to the line's number is answered with, by language; empty: it gets no answer."""
    ask_line_type: bool = True
    """Whether the carrier is asked, for a fee, if a caller has a landline, which takes no texts."""
    limits: Limits = Limits()
    extras: tuple[NodeId, ...] = ()
    """The extras that are switched on, by the names of their folders (docs/extras.md)."""
    assistant: Assistant | None = None
    """The voice assistants that answer with the line's words; None: none does."""
    allow: tuple[Allowance, ...] = ()

    def spoken_by(self, number: str) -> tuple[str, ...]:
        """Return the languages of those of the agency who answer a number, as far as is known."""
        people = self.on_call.people.items() if self.on_call else ()
        by_name = self.on_call.speaks if self.on_call else {}
        of_people = (code for name, n in people if n == number for code in by_name.get(name, ()))
        return tuple(dict.fromkeys((*self.office.speaks.get(number, ()), *of_people)))

    def ladder_for(self, language: str, ladder: Sequence[str]) -> list[str]:
        """Return the numbers of the people on call, those first who speak the caller's language."""
        return sorted(ladder, key=lambda number: language not in self.spoken_by(number))

    def is_bridge(self, language: str) -> bool:
        """Return whether a language has a few texts alone, which lead to the hotline."""
        return self.languages[language].tier == "bridge"

    @cached_property
    def recorded_languages(self) -> frozenset[str]:
        """The languages that no voice of the carrier speaks: clips say all of their texts."""
        return frozenset(code for code, language in self.languages.items() if language.recorded)

    def has_voice(self, language: str) -> bool:
        """Return whether a voice speaks a language: not those that are recorded, on the air or off.

        The line does not list what is off the air.
        """
        return language in self.languages and language not in self.recorded_languages

    @cached_property
    def opening_languages(self) -> tuple[str, ...]:
        """The languages that the opening offers, in the order of their keys, from 1.

        Recorded ones are not among them: a lost clip must not concern every caller.
        """
        silent = self.recorded_languages
        full = [code for code in self.languages if not self.is_bridge(code) and code not in silent]
        count = self.opening or _BY_DEFAULT
        first = sorted(full, key=lambda code: code != self.default_language)[:1]
        offered = {*first, *[code for code in full if code not in first][: count - 1]}
        return tuple(code for code in full if code in offered)

    @cached_property
    def other_languages(self) -> tuple[str, ...]:
        """The languages that the opening leaves to the menu of languages, in their order."""
        return tuple(code for code in self.languages if code not in self.opening_languages)

    @property
    def has_language_menu(self) -> bool:
        """Whether 6 leads to a menu of languages, since there are more than two."""
        return len(self.languages) > _BY_DEFAULT or bool(self.other_languages)


_BY_DEFAULT = 2
"""How many languages the opening offers unless line.yaml says otherwise."""
