"""What is proved of the script holds on the wire: every caller comes to a person, or to numbers.

IVR_SIP_WALKS=200 pytest tests/sip/test_walks.py    (make walks)
"""

from collections.abc import Callable

import numpy as np
import pytest

from ivr.phone.normalize import has_number
from tests.sip.conftest import IN_ONE_WORKER, Listener, Opened
from tests.sip.scenarios import SHORT_WALKS, WALKS, TimedCall, walk
from tests.sip.telephones import Telephone, Telephones

pytestmark = IN_ONE_WORKER

AT_ONCE = 47

WINDOW = 30.0
"""Seconds of a call that are listened to at a time."""


@pytest.mark.parametrize("seed", range(min(WALKS, SHORT_WALKS)))
def test_who_presses_at_random_comes_to_a_person(
    scenario_call: Callable[[str], TimedCall], ear: Listener, seed: int
) -> None:
    assert ends_well(scenario_call(f"walk {seed}"), ear)


@pytest.mark.skipif(WALKS <= SHORT_WALKS, reason="the long form: IVR_SIP_WALKS=200")
@pytest.mark.timeout(3600)
def test_who_presses_at_random_and_then_nothing_comes_to_a_person(
    phones: Telephones,
    lines: dict[str, Opened],
    scenario_call: Callable[[str], TimedCall],
    ear: Listener,
) -> None:
    scenario_call("walk 0")
    address = lines["walks"].address
    lost = []
    for first in range(SHORT_WALKS, WALKS, AT_ONCE):
        seeds = range(first, min(first + AT_ONCE, WALKS))
        walks = (walk(phones, address, seed, silent=seed % 2 == 0) for seed in seeds)
        calls = phones.run(*walks, seconds=900)
        lost += [s for s, call in zip(seeds, calls, strict=True) if not ends_well(call, ear)]
    assert not lost, f"of {WALKS}: {lost}"


def ends_well(call: TimedCall, ear: Listener) -> bool:
    """Tell whether who calls has come to a person, or since the last key has heard a number."""
    if call.at["person"]:
        return True
    last = max((at for _, at in call.phone.pressed), default=0.0)
    # A number takes half a minute, said twice.
    starts = np.arange(call.phone.seconds - WINDOW, last - WINDOW / 2, -WINDOW / 2)
    return any(has_number(digits(call.phone, ear, max(since, last))) for since in starts)


def digits(phone: Telephone, ear: Listener, since: float) -> str:
    """Return the digits that are heard in half a minute of a call."""
    return " ".join(c for c in ear.hears(phone, "en", since, since + WINDOW) if c.isdigit())
