"""Counts the syllables of English and Spanish words by their spelling.

Spanish spelling is almost regular. English needs rules for the letter e and for adjacent vowels,
and a list of exceptions. docs/reading.md says how often each counter is wrong.
"""

import re
import unicodedata
from functools import lru_cache
from types import MappingProxyType
from typing import Final

_CACHED: Final = 20_000
"""Words whose count is cached: more than a script has."""

_SPELLED: Final = 3
"""Letters of the longest word in capitals that counts as spelled out: "FBI" is, "HELP" is not."""


@lru_cache(maxsize=_CACHED)
def english(word: str) -> int:
    """Return the syllables of an English word, of digits ("7" has two) or of a spelled-out name."""
    if word.isdigit():
        return sum(_ENGLISH_DIGITS[int(digit)] for digit in word)
    if _spelled(word):
        return sum(3 if letter in "Ww" else 1 for letter in word)
    return sum(map(_english, _parts(word)))


@lru_cache(maxsize=_CACHED)
def spanish(word: str) -> int:
    """Return the syllables of a Spanish word, of digits ("0" has two) or of a spelled-out name."""
    if word.isdigit():
        return sum(_SPANISH_DIGITS[int(digit)] for digit in word)
    if _spelled(word):
        return sum(_SPANISH_LETTERS.get(letter, 1) for letter in word.lower())
    return sum(map(_spanish, _parts(word)))


def _spelled(word: str) -> bool:
    """Return whether a word is said letter by letter: one letter, or a short word in capitals."""
    return len(word) == 1 or (word.isupper() and len(word) <= _SPELLED)


def _parts(word: str) -> list[str]:
    plain = unicodedata.normalize("NFC", word).lower().replace("’", "'")  # noqa: RUF001 as typed
    return [part for part in plain.split("-") if part]


# ── English ──────────────────────────────────────────────────────────────────

_ENGLISH_DIGITS: Final = (2, 1, 1, 1, 1, 1, 1, 2, 1, 1)

_EXCEPTIONS: Final = MappingProxyType(
    {
        word: count
        for count, words in {
            1: "drawer ms priest priests st",
            2: "aged argue argued argues business chocolate colonel dr evening jr maybe mr mrs"
            " naked opera soldier soldiers sr vs wednesday wicked",
            3: "behavior businessman element elements heroin nuclear recipe vegetable vegetables",
        }.items()
        for word in words.split()
    }
)

_STEMS: Final = (
    "bare base bride cake care cheese drive else face fare fire fore force game gate give grave"
    " here hide home hope horse house ice inside knife lake life like line lone love make name nine"
    " none note office outside pace pipe place police price rage rate safe sale score shoe side"
    " smoke snake some space stage state stone store tape there time trade type use wage ware where"
    " white whole wide wife wine wire"
)
_COMPOUND: Final = re.compile(
    rf"^({'|'.join(_STEMS.split())})(?<=e)(?=[a-z][a-z])"
    r"(?=[bcdfghjkmpqtwz]|l[aio]|n[^s]|one|r[io]|s[hi]|st[aeoruy]|v(?!er))"
)
"""Compounds whose first part keeps its silent e: lifetime, someone."""

_SILENT_E_INSIDE: Final = r"""(?x)
    (?: (?<=[aeiouy][^aeiouy]) | (?<=[lnrst][cdgsv]) )
    e(?= (?:ful|fully|less|ly|ments?|ness|some|ties|ty)$ )  # safety, enforcement
"""
_SILENT_E_LAST: Final = r"""(?x)
    (?<=[^aeiou])e$                                         # home
  | (?<=[^aeioucgsxz]) (?<![cs]h) e(?=s$)                   # homes; not: houses
  | (?<=[^aeioudt]) (?<![bcdgt]r) e(?=d$)                   # named; not: needed, hundred
"""
_RESPELLED: Final = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"(?<=[aeiou][^aeiou]e)(?=as?$)", "-"),  # idea; not: sea
        (r"(?:^|(?<=[aeiouw]))y(?=[aeiou])|y(?=ard)", "j"),  # yes, player, lawyer, vineyard
        (r"^every", "evry"),  # codespell:ignore
        (r"ically$", "icly"),
        (r"(?<!^ar)(?<=[gq])ue(?=[ds]?$)", ""),  # league, unique  # codespell:ignore
        (r"(?<=[^aeiouylr])le(?=[ds]?$)", "el"),  # table, handled
        (r"(?<=[^aeiou]i)re(?=[ds]?$|ly$|ment)", "jer"),  # tired is two  # codespell:ignore
        (_SILENT_E_INSIDE, ""),
        (_SILENT_E_LAST, ""),
        (r"(?<=[^aeiou][aeiou])sm(?=s?$)", "sem"),  # tourism
        (r"thm(?=s?$)", "them"),
    )
)
"""Replacements, in order, after which vowel groups are syllables: silent letters go, unwritten
vowels are added."""

_APART: Final = re.compile(
    r"""
    (?<=[^cglnstx]i)(?=a(?!g))                  # media; not: social, familiar, marriage
  | (?<=^[a-z]i)(?=[ao])                        # giant, lion
  | (?<=[ct]i)(?=at) | (?<=[^l]li)(?=ab|at)     # associate, reliable
  | (?<=[^cghlnstx]i)(?=o)                      # period; not: nation, million
  | (?<=[^n]i)(?=u[ms])                         # medium
  | (?<=[^cnt]i)(?=en[ct]) | (?<=li)(?=en)      # experience, alien; not: patient
  | (?<=^sci)(?=e) | (?<=i)(?=et)               # science, quiet
  | (?<=[^aeiou]i)(?<!^[pt]i)(?=e(?:r|st)$)     # happier
  | (?<=[^g]e)(?=o(?!p)) | (?<=[^i]e)(?=um)     # video, museum; not: people
  | (?<=cre)(?=at(?!u)) | (?<=the)(?=at)        # create, theater; not: creature
  | (?<=^re)(?=act|al[ei]|ass|u)                # react, realize
  | (?<=^co)(?=in[^s]|opera|ord)                # coincidence
  | (?<=[^gq]u)(?=a(?!d)|e[nl]|icid|ing|it[iy]|ou)  # usual, cruel, suicide
  | (?<=rgu)(?=ing) | (?<=[lr]u)(?=i[dn]) | (?<=enu)(?=i)  # arguing, ruin, genuine
  | (?<=[eo])(?=ing) | (?<=o)(?=e[mt]|ever) | (?<=a)(?=o)  # going, poem, chaos
  | (?<=[^aeiou]y)(?=[aeio])                    # anyone
    """,
    re.VERBOSE,
)
"""The places between two adjacent vowels that belong to different syllables."""

_CONTRACTED: Final = re.compile(r"(?P<stem>.*[a-z])(?P<end>n't|'(?:d|ll|m|re|s|ve)?)")
_ONE_WITH_NOT: Final = frozenset({"ai", "are", "ca", "do", "sha", "we", "were", "wo"})
_ONE_WITH_VERB: Final = frozenset({"he", "how", "i", "she", "they", "we", "who", "why", "you"})
_HISSES: Final = re.compile(r"(?:[sxz]|[cs]h|[cgsz]e)$")


def _english(part: str) -> int:
    if contracted := _CONTRACTED.fullmatch(part):
        stem, end = contracted["stem"], contracted["end"]
        return _english(stem) + _is_said(end, stem)
    if part in _EXCEPTIONS:
        return _EXCEPTIONS[part]
    part = _COMPOUND.sub(lambda stem: stem[0][:-1], part)
    for pattern, by in _RESPELLED:
        part = pattern.sub(by, part)
    return max(1, len(re.findall("[aeiouy]+", _APART.sub("-", part))))


def _is_said(end: str, stem: str) -> bool:
    """Return whether the ending of a contraction adds a syllable."""
    if end == "n't":
        return stem not in _ONE_WITH_NOT
    if end == "'s":
        return bool(_HISSES.search(stem))
    return end in {"'d", "'ll", "'re", "'ve"} and stem not in _ONE_WITH_VERB


# ── Spanish ──────────────────────────────────────────────────────────────────

_SPANISH_DIGITS: Final = (2, 2, 1, 1, 2, 2, 1, 2, 2, 2)

_SPANISH_LETTERS: Final = MappingProxyType({**dict.fromkeys("fhjlmnñrsvxz", 2), "w": 4})
"""Syllables of the letters whose names have more than one: efe, hache, jota."""

_SHORTENED: Final = MappingProxyType(
    {"dr": 2, "dra": 3, "sr": 2, "sra": 3, "srta": 4, "ud": 2, "uds": 3}
)

_PRONOUNCED: Final = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"hu(?=[aeiáéíó])", "w"),  # deshuesar; not: búho
        (r"(?<![cs])h", ""),  # ahora, prohibido: h parts no vowels
        (r"([gq])u(?=[eiéí])", r"\1"),  # quien, guía; not: pingüino
        (r"y(?![aeiouáéíóú])", "i"),  # muy; not: ayuda
    )
)
_VOWELS: Final = re.compile(r"[aeiouáéíóúü]+")
_ALONE: Final = re.compile(r"[aeoáéó]|[íú](?=[aeoáéó])|(?<=[aeoáéó])[íú]")
"""Vowels that each make a syllable: open ones, and a stressed close one next to them (país)."""
_TWINS: Final = re.compile(r"i(?=[ií])|u(?=[uú])")


def _spanish(part: str) -> int:
    if part in _SHORTENED:
        return _SHORTENED[part]
    for pattern, by in _PRONOUNCED:
        part = pattern.sub(by, part)
    return max(1, sum(map(_nuclei, _VOWELS.findall(part))))


def _nuclei(vowels: str) -> int:
    """Return the syllables of a group of vowels: unstressed close vowels form diphthongs.

    The rules are those of RAE and ASALE, Ortografía de la lengua española (2010), II.3.3.
    """
    return len(_ALONE.findall(vowels)) or 1 + len(_TWINS.findall(vowels))
