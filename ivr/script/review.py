"""Who has vouched for the translations: which of them a person has reviewed, and which nobody."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ivr.script.model import Script
from ivr.script.required_prompts import bridge_prompts, required_prompts

SAFETY_TEXTS = (
    "opening.",
    "emergency.",
    "lifeboat",
    "noinput.3",
    "nomatch.3",
    "transfer.",
    "interpreter.",
    "goodbye",
    "who.confront",
    "to.emergency",
    "to.person",
    "extra.",
)
"""How the ids of the texts begin on which a caller's safety depends."""


def digest(text: str, forms: Iterable[tuple[str, str]] = ()) -> str:
    """Return the value of a translation's `of`: 8 hex digits of the SHA-256 of its source text.

    The plural forms of the source, if it has any, are hashed with it.
    """
    parts = [text, *(f"{form}: {spoken}" for form, spoken in sorted(forms))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


class Notice(NamedTuple):
    """A language that callers hear though nobody has reviewed some of its safety texts.

    `text` is a sentence on how many they are, and who decided that callers hear them.
    """

    language: str
    text: str


def drafts(script: Script) -> dict[str, int]:
    """Return how many translations no named person has reviewed, by language that has any."""
    counted = {
        code: sum(not p.is_reviewed for p in script.every_words[code].prompts.values())
        for code in translations(script)
    }
    return {code: count for code, count in counted.items() if count}


def translations(script: Script) -> list[str]:
    """Return the languages of a script whose texts are translated from its default language."""
    return [code for code in script.every_words if code != script.line.default_language]


def safety_texts(script: Script, language: str) -> list[str]:
    """Return the ids of a language's texts on which a caller's safety depends.

    In a language of the tier `bridge` these are all of its texts.
    """
    prompts = script.every_words[language].prompts
    if script.line.is_bridge(language):
        return [id_ for id_ in prompts if id_ in bridge_prompts(script.graph)]
    required = required_prompts(script.graph, script.line.destinations)
    return [id_ for id_ in prompts if id_ in required and id_.startswith(SAFETY_TEXTS)]


def unreviewed(script: Script, language: str) -> list[str]:
    """Return the ids of a language's safety texts that no named person has reviewed."""
    prompts = script.every_words[language].prompts
    return [id_ for id_ in safety_texts(script, language) if not prompts[id_].is_reviewed]


def notices(script: Script) -> Iterator[Notice]:
    """Yield a sentence for each language whose safety texts are heard without a review."""
    for code in translations(script):
        decision = script.line.unreviewed.get(code)
        if decision and (ids := unreviewed(script, code)):
            of = len(safety_texts(script, code))
            decided = f"a decision of {decision.by} on {decision.decided_on}: {decision.reason}"
            text = f"no person has reviewed {len(ids)} of the {of} safety texts in {code}"
            yield Notice(code, f"{text}; callers hear them by {decided}")
