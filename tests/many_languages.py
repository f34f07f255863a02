"""Test languages for a script: the texts of the default language, with a letter before each word.

They stand for real ones in tests of how a line deals with many languages. Nobody speaks them.
"""

import datetime as dt
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ivr.script.load import load
from ivr.script.model import Script
from ivr.script.required_prompts import bridge_prompts
from ivr.script.review import digest
from tests.lines import write

VOICES = {
    "zh": ("Polly.Zhiyu-Neural", "cmn-CN", "中文", "Mandarin"),
    "vi": ("Google.vi-VN-Standard-A", "vi-VN", "Tiếng Việt", "Vietnamese"),
    "ar": ("Google.ar-XA-Standard-A", "ar-XA", "العربية", "Arabic"),
    "ko": ("Polly.Seoyeon-Neural", "ko-KR", "한국어", "Korean"),
    "ru": ("Google.ru-RU-Standard-A", "ru-RU", "Русский", "Russian"),
    "pt": ("Polly.Camila-Neural", "pt-BR", "Português", "Portuguese"),
    "fr": ("Polly.Lea-Neural", "fr-FR", "Français", "French"),
    "tl": ("Google.fil-PH-Standard-A", "fil-PH", "Tagalog", "Tagalog"),
    "hi": ("Google.hi-IN-Standard-A", "hi-IN", "हिन्दी", "Hindi"),
    "ja": ("Polly.Takumi-Neural", "ja-JP", "日本語", "Japanese"),
}
"""A voice of the carrier, its tag, and the names of languages besides English and Spanish."""


RECORDED = {"ht": ("Kreyòl", "Haitian Creole"), "so": ("Soomaali", "Somali")}
"""Languages that no voice of the carrier speaks: the names in their own tongue, and in English."""


NAMES = {**{code: (own, english) for code, (*_, own, english) in VOICES.items()}, **RECORDED}
"""The name of each language in its own tongue, and in English."""


def add_languages(
    folder: Path,
    *,
    full: tuple[str, ...] = (),
    bridge: tuple[str, ...] = (),
    on_air: bool = True,
) -> None:
    """Add test languages to the script in a folder, in that order, on the air and reviewed.

    Those of `RECORDED` have no voice, and their clips are not there yet.
    """
    script = load(folder)
    yaml = YAML()
    path = folder / "line.yaml"
    line = yaml.load(path.read_text())
    for code in (*full, *bridge):
        entry: dict[str, Any] = {"called": {"en": NAMES[code][1]}}
        if code in RECORDED:
            entry["recorded"] = True
        else:
            voice, tag, *_ = VOICES[code]
            entry |= {"voice": voice, "speech": tag, "recognised": False}
        if not on_air:
            entry["on_air"] = False
        if code in bridge:
            entry["tier"] = "bridge"
        line["languages"][code] = entry
        line["agency"]["name"][code] = "line"
        _write_words(folder / f"{code}.yaml", script, code, is_bridge=code in bridge)
    line["destinations"]["hotline"] |= {"languages": ["en", "es"], "interpreter": True}
    with path.open("w") as file:
        yaml.dump(line, file)
    _add_to_inventory(folder / "inventory.yaml", full)


def _write_words(path: Path, script: Script, code: str, *, is_bridge: bool) -> None:
    source = script.words[script.line.default_language].prompts
    wanted = bridge_prompts(script.graph) if is_bridge else source
    review = {"state": "reviewed", "by": "a reviewer", "on": dt.date(2026, 11, 1)}
    prompts = {
        id_: {"text": _text(id_, source[id_].text, code), "of": digest(source[id_].text), **review}
        for id_ in wanted
    }
    write(path, {"prompts": prompts})


def _text(prompt: str, text: str, code: str) -> str:
    """Return the test text of a prompt: the source with another first letter, or the name."""
    if prompt == "language.name":
        return NAMES[code][0]
    if prompt == "opening.danger":
        return "X: 911."
    return f"x{text[1:]}" if text[:1].isalpha() else f"{text[:-1]} x{text[-1:]}"


def _add_to_inventory(path: Path, codes: tuple[str, ...]) -> None:
    if not path.exists():
        return
    yaml = YAML()
    items = yaml.load(path.read_text())
    for item in items:
        item["hears"] |= {code: [] for code in codes}
    with path.open("w") as file:
        yaml.dump(items, file)
