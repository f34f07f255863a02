"""The measures of reading: words, sentences and syllables counted as a voice says them."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.readability import syllables
from ivr.readability.formulas import flesch_kincaid, inflesz, sentences
from ivr.readability.writing import words
from tests.lines import SHIPPED, read_yaml
from tests.syllables import measure

DOCS = (Path(__file__).parents[2] / "docs" / "reading.md").read_text()
DISTINCT, RUNNING = 0.08, 0.04
"""Of words counted wrong, the share that is borne: among different ones, and among those said."""

SOURCES: dict[str, tuple[Callable[[str], int], measure.Says]] = {
    "en": (syllables.english, measure.in_cmudict),
    "es": (syllables.spanish, measure.by_pylabeador),
}


def shipped(language: str) -> Iterator[str]:
    """Yield the prompts of a shipped language, less the blanks."""
    prompts = read_yaml(SHIPPED / f"{language}.yaml")["prompts"]
    for prompt in prompts.values():
        yield re.sub(r"\{\w+\}", "", prompt["text"] if isinstance(prompt, dict) else prompt)


def known(language: str, word: str) -> bool:
    """Tell whether the source can be asked about a word; CMUdict has few joined by hyphens."""
    return len(word) > 1 and (language != "en" or word.lower() in measure.pronunciations())


# ── Syllables ────────────────────────────────────────────────────────────────


def test_the_docs_print_the_error_rates_that_are_measured() -> None:
    written = DOCS.partition("<!-- measured -->\n")[2].partition("\n<!-- /measured -->")[0]
    assert written == measure.table()


def test_frequent_english_words_are_counted_as_cmudict_says_them() -> None:
    listed = measure.english_words()
    missed = measure.wrong(listed, syllables.english, measure.in_cmudict)
    assert len(listed) == 2000
    assert len(missed) <= 0.01 * len(listed), missed
    assert sum(listed[word] for word in missed) <= 0.005 * sum(listed.values()), missed


def test_english_words_that_nobody_chose_are_seldom_counted_wrong() -> None:
    sample = measure.sampled_words()
    missed = measure.wrong(sample, syllables.english, measure.in_cmudict)
    assert len(sample) > 4000
    assert len(missed) <= DISTINCT * len(sample)


@pytest.mark.parametrize("says", [measure.in_espeak, measure.by_pylabeador])
def test_frequent_spanish_words_are_counted_as_others_say_them(says: measure.Says) -> None:
    listed = measure.spanish_words()
    assert len(listed) == 1000
    missed = measure.wrong(listed, syllables.spanish, says)
    assert len(missed) <= 0.005 * len(listed), missed


@pytest.mark.parametrize("language", SOURCES)
def test_the_words_of_the_shipped_script_are_counted_right(language: str) -> None:
    count, says = SOURCES[language]
    spoken = Counter(w for text in shipped(language) for w in words(text) if known(language, w))
    assert len(spoken) > 100
    missed = measure.wrong(spoken, count, says)
    assert len(missed) <= DISTINCT * len(spoken), missed
    assert sum(spoken[word] for word in missed) <= RUNNING * spoken.total(), missed


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("child", 1), ("danger", 2), ("hotline", 2), ("trafficking", 3), ("caregiver", 3)),
        *(("someone", 2), ("safety", 2), ("abused", 2), ("needed", 2), ("people", 2)),
        *(("exploitation", 4), ("society", 4), ("emergency", 4), ("relationship", 4)),
        *(
            ("don't", 1),
            ("didn\u2019t", 2),
            ("child's", 1),
            ("boss's", 2),
            ("it'll", 2),
            ("I'm", 1),
        ),
        *(
            ("mail-order", 3),
            ("FBI", 3),
            ("HELP", 1),
            ("W", 3),
            ("7", 2),
            ("0", 2),
            ("9", 1),
            ("10", 3),
        ),
    ],
)
def test_english_syllables(word: str, count: int) -> None:
    assert syllables.english(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("ayuda", 3), ("uno", 2), ("línea", 3), ("país", 2), ("oír", 2), ("ahora", 3)),
        *(("guía", 2), ("pingüino", 3), ("ciudad", 2), ("cuidado", 3), ("averiguáis", 4)),
        *(("prohibido", 3), ("prohíbe", 3), ("quien", 1), ("muy", 1), ("hay", 1), ("búho", 2)),
        *(("león", 2), ("policía", 4), ("creer", 2), ("vehículo", 4), ("oíais", 3), ("rey", 1)),
        *(("leyes", 2), ("deshuesar", 3), ("chiita", 3), ("cuídate", 3), ("construía", 3)),
        *(("y", 1), ("NIÑO", 2), ("Sra", 3), ("S", 2), ("0", 2), ("3", 1), ("W", 4)),
        *(("pai\u0301s", 2), ("teórico-práctico", 7)),
    ],
)
def test_spanish_syllables(word: str, count: int) -> None:
    assert syllables.spanish(word) == count


# ── Words and sentences ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Open 24/7.", ["Open", "2", "4", "7"]),
        ("Dial 911, don't wait…", ["Dial", "9", "1", "1", "don't", "wait"]),
        ("¿Está bien? A mail-order bride.", ["Está", "bien", "A", "mail-order", "bride"]),
        ("… ¡!", []),
    ],
)
def test_words_are_what_a_voice_says(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Is it so? Hang up. Now!", ["Is it so?", "Hang up.", "Now!"]),
        ("To hear the signs … press 1. … Or wait.", ["To hear the signs … press 1.", "Or wait."]),
        ("Wait... then press 1", ["Wait... then press 1"]),
        ("No way?! He asked (again.) Then left.", ["No way?!", "He asked (again.)", "Then left."]),
        ("Ask Dr. Who at 5 p.m. or later. Go.", ["Ask Dr. Who at 5 p.m. or later.", "Go."]),
        ("It grew by 1.5 at tip.example.org.", ["It grew by 1.5 at tip.example.org."]),
        ("They can't. it is late", ["They can't.", "it is late"]),
        ("Dial 9 1 1. 8 is next.", ["Dial 9 1 1.", "8 is next."]),
        (
            "Si hay peligro, ¿puede hablar? ¡Cuelgue!",
            ["Si hay peligro, ¿puede hablar?", "¡Cuelgue!"],
        ),
        ("Espere ¿Hay alguien con la Sra. Ruiz?", ["Espere", "¿Hay alguien con la Sra. Ruiz?"]),
        ("… ¡!", []),
    ],
)
def test_sentences_end_where_a_voice_lets_them_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


# ── The measures ─────────────────────────────────────────────────────────────


def test_flesch_kincaid_is_its_formula() -> None:
    easy = "Is a child in danger right now? Hang up. Dial 9 1 1."  # 13 words, 15 syllables
    assert flesch_kincaid(easy) == pytest.approx(0.39 * 13 / 3 + 11.8 * 15 / 13 - 15.59)
    assert flesch_kincaid(easy) == pytest.approx(-0.1, abs=0.2)


def test_inflesz_is_its_formula() -> None:
    easy = "¿Hay peligro? Cuelgue y marque el 911."  # 9 words, 16 syllables
    assert inflesz(easy) == pytest.approx(206.835 - 62.3 * 16 / 9 - 9 / 2)


def test_words_for_the_eye_measure_harder_than_words_for_the_ear() -> None:
    eye = "Indications of commercial exploitation necessitate notification of authorities."
    assert flesch_kincaid(eye) > 6 > flesch_kincaid("If you see a sign, call us.")
    ojo = "Determinadas situaciones problemáticas requieren notificación inmediata."
    assert inflesz(ojo) < 65 < inflesz("Si ve algo así, llame ya.")


@pytest.mark.parametrize("measured", [flesch_kincaid, inflesz])
def test_a_text_without_words_has_no_measure(measured: Callable[[str], float]) -> None:
    with pytest.raises(ValueError, match="no word to measure"):
        measured("…")


@pytest.mark.parametrize(("language", "measured"), [("en", flesch_kincaid), ("es", inflesz)])
def test_the_shipped_script_is_measured_in_no_time(
    language: str, measured: Callable[[str], float]
) -> None:
    syllables.english.cache_clear()
    syllables.spanish.cache_clear()
    texts = [text for text in shipped(language) if words(text)]
    start = time.process_time()
    for text in texts:
        measured(text)
    assert time.process_time() - start < 0.1
