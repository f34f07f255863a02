"""What is said is found by walking the script, and a clip is tied to its words."""

from pathlib import Path

import pytest

from ivr.dialog import Spoken
from ivr.speech import clip_key
from tests.speech.conftest import HELLO, NUMBER, wanted_of
from tests.walked import Walks


@pytest.mark.slow
def test_every_language_and_pace_of_the_shipped_script_is_wanted(walked: Walks) -> None:
    wanted = walked("shipped").said.values()
    for language in ("en", "es"):
        for slow in (False, True):
            prompt_names = {w.prompt for w in wanted if (w.language, w.slow) == (language, slow)}
            assert {
                "to.person",
                "sign.moods",
                "transfer.number" if slow else "opening.danger",
            } <= prompt_names
    assert not [w for w in wanted if "{" in w.text]


def test_words_are_wanted_once_wherever_they_are_said(prompts: Path) -> None:
    wanted = wanted_of(prompts)
    utterances = [(w.language, w.text, w.slow) for w in wanted.values()]
    assert len(set(utterances)) == len(utterances)


def test_a_clip_is_tied_to_language_words_and_pace_and_to_nothing_else() -> None:
    assert clip_key.key(HELLO) == clip_key.key(HELLO._replace(prompt="another"))
    others = [
        HELLO._replace(text=HELLO.text + "!"),
        HELLO._replace(language="es"),
        HELLO._replace(slow=True),
    ]
    assert len({clip_key.key(words) for words in [HELLO, *others]}) == 4


def test_its_name_changes_with_who_speaks_and_how() -> None:
    made = [
        ("pico", "en-US", "1"),
        ("kokoro", "en-US", "1"),
        ("pico", "en-GB", "1"),
        ("pico", "en-US", "2"),
    ]
    names = {clip_key.name(HELLO, *how) for how in made}
    assert len(names) == 4
    assert all(name.isalnum() and len(name) == 20 for name in names)


@pytest.mark.parametrize(
    ("language", "text", "aloud"),
    [
        ("en", "dial 9 1 1.", "dial nine, one, one."),
        ("es", "marque 8 8 8", "marque ocho, ocho, ocho"),
        ("en", "press 1.", "press one."),
        ("en", "Under 18, or 3.5 hours.", "Under 18, or 3.5 hours."),
        ("vi", "8 8 8", "8, 8, 8"),
        ("es-MX", "0", "cero"),
        ("es", "Para español, oprima 2.", "Para español... oprima... dos."),
        ("es", "Cuelgue y marque el 9 1 1.", "Cuelgue, y marque el nueve, uno, uno."),
    ],
)
def test_an_engine_is_given_digits_one_by_one(language: str, text: str, aloud: str) -> None:
    assert clip_key.aloud(language, text) == aloud


def test_an_engine_never_sees_a_pause() -> None:
    pieces = clip_key.pieces(NUMBER)
    assert pieces == (
        "El número es:",
        "uno",
        "ocho, ocho, ocho",
        "tres, siete, tres",
        "siete, ocho, ocho, ocho.",
    )
    assert clip_key.count(NUMBER) == 14


def test_words_of_signs_alone_are_no_words() -> None:
    assert clip_key.count(Spoken("en", "… — …", "x")) == 0
