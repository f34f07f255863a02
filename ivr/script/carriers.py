"""The carriers that speak TwiML, and what each takes of it where Twilio's is not the measure.

From their references as of 2026: SignalWire, Compatibility API (cXML); Telnyx, TeXML verbs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CarrierName = Literal["twilio", "signalwire", "telnyx"]


@dataclass(frozen=True)
class Dialect:
    """What a carrier takes."""

    google: str | None = "Google."
    """What its names of Google's voices begin with; None: it has none."""

    generative: bool = True
    """Whether it has Polly's generative voices."""

    empty_result: bool = True
    """Whether `<Gather>` knows actionOnEmptyResult; else silence falls to the verb after it."""

    speech_timeout: str = "auto"
    """How long a pause ends what a caller says, in seconds."""

    asks_first: bool = True
    """Whether who is rung can be asked before the caller is put through (`<Number url>`)."""

    def has(self, voice: str) -> bool:
        """Tell whether the carrier has a voice, by Twilio's name for it."""
        if voice.startswith("Google."):
            return self.google is not None
        return self.generative or not voice.endswith("-Generative")

    def voice(self, voice: str) -> str:
        """Return the carrier's name for a voice, from Twilio's."""
        google = voice.startswith("Google.") and self.google is not None
        return f"{self.google}{voice.removeprefix('Google.')}" if google else voice


DIALECTS: Mapping[CarrierName, Dialect] = {
    "twilio": Dialect(),
    "signalwire": Dialect(google="gcloud.", generative=False),
    "telnyx": Dialect(
        google=None, generative=False, empty_result=False, speech_timeout="2", asks_first=False
    ),
}
