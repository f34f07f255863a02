"""What callers say, and what the line makes of it: tests/data/utterances.yaml."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.dialog import Dial, Key, Place, Speech, reply
from ivr.dialog.speech_match import understand
from ivr.explore.events import MOMENT
from ivr.script.load import load
from ivr.script.model import Script
from tests.lines import read_yaml, variant

TABLE = read_yaml(Path(__file__).parent.parent / "data" / "utterances.yaml")
WHERE = {
    "main": ("main", ""),
    "check": ("check", ""),
    "asked": ("danger", "asked"),
    "after-9": ("danger", ""),
    "opening": ("opening", ""),
    "hsi": ("hsi", ""),
}


def _rows() -> Iterator[tuple[str, str, str | None, str]]:
    for language, places in TABLE.items():
        for where, meanings in places.items():
            for key, utterances in meanings.items():
                yield from ((language, where, key, words) for words in utterances)


ROWS = list(_rows())


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    return load(variant("bridge", tmp_path_factory.mktemp("bridge")))


def _place(language: str, where: str) -> Place:
    node, phase = WHERE[where.removesuffix("-more").removesuffix("-again")]
    return Place(language, node, phase=phase, back="main.0" if node == "danger" else "")


def test_there_are_a_hundred_for_each_language() -> None:
    assert min(Counter(language for language, *_ in ROWS).values()) >= 100


def test_every_utterance_means_what_the_table_says(script: Script) -> None:
    meant = [
        (row, understand(script, _place(row[0], row[1]), row[3], 0.9))
        for row in ROWS  # one test, since hundreds of small ones take ten times as long
    ]
    assert [(row, key) for row, key in meant if key != row[2]] == []


def test_talk_in_the_room_rings_nobody_however_often_it_is_heard(script: Script) -> None:
    talk = [row for row in ROWS if row[2] is None and row[1] != "after-9"]
    assert talk
    assert [row for row in talk if _rings_somebody(script, _place(row[0], row[1]), row[3])] == []


def _rings_somebody(script: Script, place: Place, words: str) -> bool:
    for _ in range(6):
        turn = reply(script, place, Speech(words, 0.9), MOMENT)
        if isinstance(turn.verb, Dial) or turn.place.phase == "announced":
            return True
        place = turn.place
    return False


def test_doubtful_words_get_no_answer_before_a_language_is_chosen_either(script: Script) -> None:
    turn = reply(script, Place("en", "opening"), Speech("purple monkey", 0.2), MOMENT)
    assert "nomatch.1" not in {spoken.prompt for spoken in (*turn.must, *turn.may)}
    turn = reply(script, Place("en", "opening"), Speech("purple monkey", 0.9), MOMENT)
    assert "nomatch.1" in {spoken.prompt for spoken in (*turn.must, *turn.may)}


@pytest.mark.parametrize(
    ("event", "recorded"),
    [
        (Key("1"), ("key", "1")),
        (Key("5"), ("nomatch", "5")),
        (Key("12"), ("nomatch", "")),
        (Speech("purple monkey", 0.9), ("nomatch", "")),
    ],
    ids=str,
)
def test_what_means_nothing_at_a_menu_is_recorded_so(
    script: Script, event: Key | Speech, recorded: tuple[str, str]
) -> None:
    """An agency reads in its reports where callers press keys that lead nowhere."""
    [fact] = reply(script, Place("en", "signs"), event, MOMENT).facts
    assert (fact.kind, fact.detail) == recorded


def test_a_television_and_a_stray_yes_do_not_dial_911(script: Script) -> None:
    place = Place("en", "main")
    for words in ("police are still searching", "yes", "yes"):
        turn = reply(script, place, Speech(words, 0.9), MOMENT)
        assert not isinstance(turn.verb, Dial)
        place = turn.place


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("words", ["911", "9-1-1.", "dial 911", "marque 911"])
def test_911_is_understood_at_every_place(script: Script, language: str, words: str) -> None:
    missed = [
        node
        for node in script.graph.nodes
        if understand(script, Place(language, node), words, 0.9) != "9"
    ]
    assert not missed


@pytest.mark.parametrize("words", ["911", "9-1-1.", "dial 911"])
def test_911_where_keys_alone_are_asked_for_is_asked_back(script: Script, words: str) -> None:
    for node in ("message", "numbers"):
        turn = reply(script, Place("en", node), Speech(words, 0.9), MOMENT)
        assert (turn.place.node, turn.place.phase) == ("danger", "asked")


@pytest.mark.parametrize(
    "utterances", [[("mhm", 0.2), ("uh", 0.1), ("the the", 0.3)], [("mhm", 0.9), ("uh", 0.9)]]
)
def test_noise_rings_nobody_however_often_it_is_heard(
    script: Script, utterances: list[tuple[str, float]]
) -> None:
    place = Place("en", "main")
    for words, confidence in utterances * 4:
        turn = reply(script, place, Speech(words, confidence), MOMENT)
        assert not isinstance(turn.verb, Dial)
        assert turn.place.phase != "announced"
        place = turn.place


@pytest.mark.parametrize(
    "words",
    [
        "hello this is relay operator number 1234 with a relay call",
        "a person who is deaf or hard of hearing is calling you through relay service",
    ],
)
def test_the_announcement_of_a_relay_operator_rings_nobody(script: Script, words: str) -> None:
    assert understand(script, Place("en", "main"), words, 0.9) is None


@pytest.mark.parametrize("confidence", [0.0, 0.9])
def test_a_confidence_of_0_is_none_that_was_told(script: Script, confidence: float) -> None:
    assert understand(script, Place("en", "main"), "help", confidence) == "0"


def test_doubtful_words_mean_nothing(script: Script) -> None:
    assert understand(script, Place("en", "main"), "help", 0.2) is None


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_for_a_person_rings_one(script: Script, language: str) -> None:
    words = script.words[language].speech["person"]
    fillers = ("{}", "um {} please") if language == "en" else ("{}", "eh {} por favor")
    assert len(words) >= 40
    wrong = [
        utterance
        for word in words
        for utterance in (form.format(word) for form in fillers)
        if understand(script, Place(language, "main"), utterance, 0.9) != "0"
    ]
    assert not wrong
