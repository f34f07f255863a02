"""Words, characters and sentences of scripts other than the Latin, and their direction."""

import pytest

from ivr.dialog.prompts import digit_by_digit
from ivr.readability.formulas import sentences
from ivr.readability.writing import characters, is_right_to_left, words
from ivr.transcript.labels import direction, lang, language_name

HINDI = "क्या कोई खतरे में है? फ़ोन रखें और मदद लें।"
CHINESE = "如果有人有危险，请挂断并拨打911。你可以和一个人说话！"  # noqa: RUF001
ARABIC = "هل هناك خطر؟ أغلق الخط الآن."
BURMESE = "ဖုန်းချပါ။ ကူညီပါ။"


@pytest.mark.parametrize(
    ("text", "word_count", "character_count", "sentence_count"),
    [
        (HINDI, 10, 0, 2),
        (ARABIC, 6, 0, 2),
        ("Có ai gặp nguy hiểm không? Gác máy.", 8, 0, 2),
        (CHINESE, 3, 22, 2),
        (BURMESE, 0, 7, 2),
        ("ถ้ามีใครตกอยู่ในอันตราย", 0, 18, 1),
        ("It's 24/7: don't wait. ¿Qué? Sí.", 8, 0, 3),
    ],
)
def test_what_a_voice_says_is_counted(
    text: str, word_count: int, character_count: int, sentence_count: int
) -> None:
    assert len(words(text)) == word_count
    assert len(characters(text)) == character_count
    assert len(sentences(text)) == sentence_count


def test_a_vowel_mark_belongs_to_its_word_and_its_character() -> None:
    assert words(HINDI)[:3] == ["क्या", "कोई", "खतरे"]
    assert characters(BURMESE)[0] == "ဖု"


@pytest.mark.parametrize("text", ["拨打911。", "โทร911", "Call 911.", "911"])
def test_911_is_said_digit_by_digit_in_every_script(text: str) -> None:
    assert "9 1 1" in digit_by_digit(text)


def test_another_number_stays_as_it_is() -> None:
    assert digit_by_digit("1911, 9112") == "1911, 9112"


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("ar", "العربية", "rtl"),
        ("fa", "فارسی", "rtl"),
        ("he", "עברית", "rtl"),
        ("ur", "اردو", "rtl"),
        ("zh-Hant", "繁體中文", "ltr"),
        ("es-MX", "Español", "ltr"),
        ("xx", "xx", "ltr"),
    ],
)
def test_a_language_has_its_own_name_and_direction(code: str, name: str, expected: str) -> None:
    assert (language_name(code), direction(code)) == (name, expected)
    assert is_right_to_left(name) == (expected == "rtl")


def test_an_element_tells_its_language_and_a_direction_that_is_not_the_usual_one() -> None:
    assert str(lang("ar")) == 'lang="ar" dir="rtl"'
    assert str(lang("vi")) == 'lang="vi"'
    assert str(lang('"><script>')) == 'lang="&#34;&gt;&lt;script&gt;"'
