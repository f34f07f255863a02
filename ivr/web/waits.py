"""How long the parts of a line wait for what is outside of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ivr.carrier import recordings
from ivr.schedule.current import DutyTiming
from ivr.voicemail import recording_cleanup
from ivr.web.voice.line_type_cache import LOOKUP_SECONDS


@dataclass(frozen=True)
class Waits:
    """What a line waits for, each in seconds. The defaults are those of a line in service."""

    carrier: float = 4.0
    """How long a caller waits for the carrier's API; a webhook has 15 seconds (Twilio)."""
    line_type: float = LOOKUP_SECONDS
    database: float = 1.0
    """How long a caller waits for the limits in the database, before the call goes on without."""
    sound: int = 600
    """How long the URL of a recording is valid."""
    hang_up: float = 3600.0
    """After that time, the carrier's copy of a recording that nobody approved is deleted."""
    pages: float = 3.0
    """How long a request waits for a process of pages that is being started."""
    recording: Sequence[float] = recordings.WAITS_SECONDS
    """Between two tries to fetch a recording that is not ready yet."""
    cleanup: float = recording_cleanup.POLL_SECONDS
    duty: DutyTiming = field(default_factory=DutyTiming)
