"""Words that matter to the checks, by language: the patterns of lexicon.yaml, compiled."""

import re
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ivr.script.yaml_source import read_yaml
from ivr.text import without_accents


class Lexicon(BaseModel):
    """The patterns of a language; see lexicon.yaml for what each is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_first: re.Pattern[str]
    key: re.Pattern[str]
    keys: dict[str, str]
    telephone: tuple[re.Pattern[str], ...]
    spelled: re.Pattern[str]
    confront: re.Pattern[str]
    promises: tuple[re.Pattern[str], ...]
    fulfils: tuple[re.Pattern[str], ...]
    opening: tuple[re.Pattern[str], ...]
    scolds: tuple[re.Pattern[str], ...]
    avoid: dict[str, str]
    avoid_choice: re.Pattern[str]

    def keys_named(self, text: str) -> list[str]:
        """Return the keys that a text asks to press, sorted; "*" for "star"."""
        named = (match.group("key") for match in self.key.finditer(plain(text)))
        return sorted({self.keys.get(key, key) for key in named})


@cache
def lexicon(language: str) -> Lexicon | None:
    """Return a language's lexicon (es-MX uses the Spanish one); None for a language without one."""
    entries = read_yaml(Path(__file__).parent / "lexicon.yaml").data
    entry = entries.get(language.partition("-")[0])
    return Lexicon.model_validate(entry) if entry else None


def plain(text: str) -> str:
    """Return a text as the patterns expect it: lower case, without accents, single spaces."""
    return " ".join(without_accents(text).lower().split())
