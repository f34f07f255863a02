"""What lies between the words: time to take in an option, and more of it in slow speech."""

import re
from collections.abc import Callable

from tests.test_webhooks import CALL, post


def test_pauses_take_half_a_second_to_a_second_and_are_longer_in_slow_speech(
    urls: Callable[[str], str],
) -> None:
    """Those between two prompts are longer than a prompt's own; a number is always said slowly."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for place, keys in (("opening", "1"), ("main", "5"), ("main?slow=1", "5"), ("hotline", "2")):
        heard = post(f"{urls('shipped')}/en/{place}", {**CALL, "Digits": keys}).text
        for said in re.findall(r"<Say .*?</Say>", heard):
            *within, after = re.findall(r'<break time="(\w+)"', said)
            found["<prosody" in said] |= {*(f"{pause} within" for pause in within), after}
    assert found == {True: {"800ms within", "1000ms"}, False: {"500ms within", "600ms"}}
