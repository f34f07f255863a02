"""How long the parts of a line wait for what is outside of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ivr.carrier import recording_cleanup, recordings
from ivr.schedule import override_store
from ivr.schedule.calendar_feed import Pace
from ivr.web.voice.line_type_cache import LOOKUP_SECONDS

CARRIER_SECONDS = 4.0
"""How long a caller waits for the carrier's API; their webhook has 15 seconds (Twilio)."""

SOUND_SECONDS = 600
"""How long the address of a sound is good."""

HANG_UP_SECONDS = 3600.0
"""After which a recording is deleted at the carrier that nobody kept or declined."""


@dataclass(frozen=True)
class Waits:
    """What a line waits for, each in seconds. The defaults are those of a line in service."""

    carrier: float = CARRIER_SECONDS
    line_type: float = LOOKUP_SECONDS
    sound: int = SOUND_SECONDS
    hang_up: float = HANG_UP_SECONDS
    recording: Sequence[float] = recordings.WAITS_SECONDS
    """Between tries, where a recording is not there yet."""
    disposal: float = recording_cleanup.LOOK_SECONDS
    override: float = override_store.LOOK_SECONDS
    override_holds: float = override_store.HOLD_SECONDS
    calendar: Pace = field(default_factory=Pace)
