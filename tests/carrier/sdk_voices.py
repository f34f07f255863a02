"""The carrier's voices as its SDK for JavaScript types them, and ivr/checks/voices.yaml from them.

After an update of the SDK (tests/carrier/package.json): python -m tests.carrier.sdk_voices
"""

import re
import sys
from pathlib import Path
from typing import Any

import yaml

SDK = Path(__file__).parent / "node_modules" / "twilio" / "lib" / "twiml" / "VoiceResponse.d.ts"
LISTED = Path(__file__).parents[2] / "ivr" / "checks" / "voices.yaml"
KINDS = {"": "standard", "-Neural": "neural", "-Generative": "generative"}

WITHOUT_TAG = frozenset({"Polly.Geraint", "Polly.Zeina"})
"""Voices of Welsh English and of Arabic of no country: no language tag of a line means these."""

_HEAD = """\
# The carrier's voices, by language tag, made from its SDK by tests/carrier/sdk_voices.py.
# Polly: a name may stand alone (standard) or with -Neural or -Generative where listed.
# Google: Google.<tag>-<family>-<name>, spelled as the SDK does, which has both fil-PH and fil-ph.
# Recognised: the tags of the languages whose words the carrier can recognise.
"""


def names() -> set[str]:
    """Return the names of all voices that the SDK knows."""
    typed = re.search(r"type SayVoice = ([^;]+);", SDK.read_text("utf-8"))
    assert typed is not None, f"{SDK} types no voices any more"
    return set(re.findall(r'"([^"]+)"', typed[1]))


def recognised() -> list[str]:
    """Return the tags of all languages that <Gather> recognises by the SDK."""
    typed = re.search(r"type GatherLanguage = ([^;]+);", SDK.read_text("utf-8"))
    assert typed is not None, f"{SDK} types no languages to recognise any more"
    return sorted(set(re.findall(r'"([^"]+)"', typed[1])))


def listing(sdk: set[str], tags: dict[str, list[str]]) -> dict[str, Any]:
    """Return the data of voices.yaml. `tags` are the language tags of each name of Polly's."""
    polly: dict[str, dict[str, list[str]]] = {}
    google: dict[str, dict[str, list[str]]] = {}
    for voice in sorted(sdk):
        if match := re.fullmatch(r"Polly\.(\w+?)(-Neural|-Generative|)", voice):
            for tag in tags.get(match[1], []):
                polly.setdefault(tag, {}).setdefault(KINDS[match[2]], []).append(match[1])
        elif match := re.fullmatch(r"Google\.([a-z]+)-([A-Za-z]{2})-([\w-]+)-(\w+)", voice):
            of_tag = google.setdefault(f"{match[1]}-{match[2]}", {})
            of_tag.setdefault(match[3], []).append(match[4])
    return {
        "polly": {
            tag: {kind: kinds[kind] for kind in KINDS.values() if kind in kinds}
            for tag, kinds in sorted(polly.items(), key=_order)
        },
        "google": dict(sorted(google.items(), key=_order)),
        "recognised": recognised(),
    }


def _order(row: tuple[str, object]) -> tuple[str, bool, str]:
    """Order by language; the voices of the US come first in it, which `ivr check` proposes."""
    language, _, country = row[0].partition("-")
    return language, country != "US", country


def tags_of(listed: dict[str, Any]) -> dict[str, list[str]]:
    """Return the language tags of each name of Polly's, as voices.yaml has them."""
    tags: dict[str, list[str]] = {}
    for tag, kinds in listed["polly"].items():
        for name in sorted({name for of_kind in kinds.values() for name in of_kind}):
            tags.setdefault(name, []).append(tag)
    return tags


def main() -> None:
    """Write voices.yaml anew, and name each voice of Polly's whose language is still to be told."""
    tags, sdk = tags_of(yaml.safe_load(LISTED.read_text("utf-8"))), names()
    body = yaml.safe_dump(
        listing(sdk, tags), allow_unicode=True, sort_keys=False, width=100, default_flow_style=None
    )
    LISTED.write_text(_HEAD + body, "utf-8")
    for voice in sorted(sdk - WITHOUT_TAG):
        if voice.startswith("Polly.") and voice.split(".")[1].partition("-")[0] not in tags:
            sys.stdout.write(
                f"{voice}: add its name below its language tag in {LISTED.name}, then run this\n"
            )


if __name__ == "__main__":
    main()
