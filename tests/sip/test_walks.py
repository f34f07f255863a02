"""What is proved of the script holds on the wire: every caller comes to a person, or to numbers.

IVR_SIP_WALKS=200 pytest tests/sip/test_walks.py    (make walks)
"""

from collections.abc import Callable

import pytest

from ivr.phone.hearing import has_number
from tests.sip.conftest import IN_ONE_WORKER, Listener, Opened
from tests.sip.scenarios import SHORT_WALKS, WALKS, Told, walk
from tests.sip.telephones import Telephones

pytestmark = IN_ONE_WORKER

AT_ONCE = 40


@pytest.mark.parametrize("seed", range(min(WALKS, SHORT_WALKS)))
def test_who_presses_at_random_comes_to_a_person(
    told: Callable[[str], Told], ear: Listener, seed: int
) -> None:
    assert ends_well(told(f"walk {seed}"), ear)


@pytest.mark.skipif(WALKS <= SHORT_WALKS, reason="the long form: IVR_SIP_WALKS=200")
@pytest.mark.timeout(3600)
def test_who_presses_at_random_and_then_nothing_comes_to_a_person(
    phones: Telephones, lines: dict[str, Opened], told: Callable[[str], Told], ear: Listener
) -> None:
    told("walk 0")
    address = lines["walks"].address
    lost = []
    for first in range(SHORT_WALKS, WALKS, AT_ONCE):
        seeds = range(first, min(first + AT_ONCE, WALKS))
        walks = (walk(phones, address, seed, silent=seed % 2 == 0) for seed in seeds)
        calls = phones.run(*walks, seconds=900)
        lost += [s for s, call in zip(seeds, calls, strict=True) if not ends_well(call, ear)]
    assert not lost


def ends_well(call: Told, ear: Listener) -> bool:
    if call.at["person"]:
        return True
    end = call.phone.seconds
    return has_number(" ".join(c for c in ear.hears(call.phone, "en", end - 25) if c.isdigit()))
