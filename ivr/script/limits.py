"""limits: in line.yaml: how much callers can make the line spend, ring and send."""

from typing import Annotated

from pydantic import Field

from ivr.strict_model import StrictModel

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""A country or territory, by its code in ISO 3166."""


class Limits(StrictModel):
    """What one caller, and all callers together, can use; beyond it they are led to the hotline.

    Rings and messages are counted by the hour, texts by the day. A ring is one try to reach the
    agency's people, however many telephones ring for it.
    """

    rings_per_caller: int = Field(default=5, ge=1, le=1000)
    rings: int = Field(default=30, ge=1, le=10_000)
    messages_per_caller: int = Field(default=3, ge=1, le=1000)
    messages: int = Field(default=30, ge=1, le=10_000)
    texts_per_caller: int = Field(default=3, ge=1, le=100)
    texts: int = Field(default=200, ge=1, le=100_000)
    text_countries: tuple[Country, ...] = ("US", "PR", "VI", "GU", "AS", "MP")
    """The countries to whose numbers texts are sent: the US and its territories by default."""
    talk_minutes: int = Field(default=120, ge=10, le=1440)
    """Minutes after which the carrier ends a talk with the agency's people."""
    call_minutes: int = Field(default=120, ge=30, le=1440)
    """Minutes after which a call is led to the hotline, and then to the goodbye."""
