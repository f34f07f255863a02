"""What lies between the words: time to take in an option, and more of it in slow speech."""

import re
from collections.abc import Callable

from tests.test_webhooks import CALL, post


def test_pauses_take_half_a_second_to_a_second_and_are_longer_in_slow_speech(
    urls: Callable[[str], str],
) -> None:
    """Those between two prompts are longer than a prompt's own; a number is always said slowly."""
    pauses: dict[bool, set[str]] = {True: set(), False: set()}
    for place, keys in (("opening", "1"), ("main", "5"), ("main?slow=1", "5"), ("hotline", "2")):
        document = post(f"{urls('shipped')}/en/{place}", {**CALL, "Digits": keys}).text
        for element in re.findall(r"<Say .*?</Say>", document):
            *within, after = re.findall(r'<break time="(\w+)"', element)
            pauses["<prosody" in element] |= {*(f"{pause} within" for pause in within), after}
    assert pauses == {True: {"800ms within", "1000ms"}, False: {"500ms within", "600ms"}}
