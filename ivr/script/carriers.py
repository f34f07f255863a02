"""The carriers that speak TwiML, and where they differ from Twilio.

The differences are those of the references in 2026: SignalWire, Compatibility API (cXML); Telnyx,
TeXML verbs (docs/carriers.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CarrierName = Literal["twilio", "signalwire", "telnyx"]


@dataclass(frozen=True)
class Dialect:
    """What a carrier supports. Each default is Twilio's."""

    google: str | None = "Google."
    """The prefix of its names for Google's voices; None if it has none of them."""

    generative: bool = True
    """Whether it has the generative voices of Amazon Polly."""

    empty_result: bool = True
    """Whether `<Gather>` knows actionOnEmptyResult; if not, silence goes on to the next verb."""

    speech_timeout: str = "auto"
    """The pause that ends what a caller says: a number of seconds, or "auto"."""

    asks_first: bool = True
    """Whether the person called can be asked before the caller is connected (`<Number url>`)."""

    absolute_urls: bool = False
    """Whether its reference asks for whole URLs in `action`, where Twilio takes paths."""

    def has(self, voice: str) -> bool:
        """Return whether the carrier has a voice, by Twilio's name for it."""
        if voice.startswith("Google."):
            return self.google is not None
        return self.generative or not voice.endswith("-Generative")

    def voice(self, voice: str) -> str:
        """Return the carrier's name for a voice, from Twilio's."""
        google = voice.startswith("Google.") and self.google is not None
        return f"{self.google}{voice.removeprefix('Google.')}" if google else voice


DIALECTS: Mapping[CarrierName, Dialect] = {
    "twilio": Dialect(),
    "signalwire": Dialect(google="gcloud.", generative=False, absolute_urls=True),
    "telnyx": Dialect(
        google=None, generative=False, empty_result=False, speech_timeout="2", asks_first=False
    ),
}
