"""Prompts as the pages of the editor show them: each with its texts in several languages."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from ivr.editing import plural_texts
from ivr.editing.changes import Piece, word_diff
from ivr.editing.examine import Examined, Text
from ivr.editing.texts import former_texts
from ivr.script.review import digest
from ivr.web.editing.drafts import Comparison, Drafts


def prompt_rows(
    drafts: Drafts, prompts: Iterable[str], compared: Comparison, only: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return prompts with their texts, what each was, and what a stale one lacks."""
    before, after = compared.before, compared.after
    former = _former_sources(drafts, after)
    shown = []
    for prompt in _with_forms(prompts, only):
        rows: list[tuple[str, Text, str, list[Piece]]] = []
        for code in only:
            text, live = after.texts.get((code, prompt)), before.texts.get((code, prompt))
            text = text or blank_form(after.texts, code, prompt)
            if text is not None:
                was = live.text if live and live.text != text.text else ""
                lacks = _source_changes(drafts, text, after, former)
                rows.append((code, _for_page(text), was, lacks))
        if rows:
            shown.append({"id": prompt, "form": plural_texts.parts_of(prompt)[1], "rows": rows})
    return shown


def blank_form(texts: Mapping[tuple[str, str], Text], language: str, name: str) -> Text | None:
    """Return a plural form that a language may have and has not, to be written; else None."""
    prompt, form = plural_texts.parts_of(name)
    base = texts.get((language, prompt))
    if base is None or form not in plural_texts.forms_of(language, prompt):
        return None
    place = plural_texts.place_of(prompt, form)
    blank = replace(base, prompt=name, place=place, text="", problems=(), is_stale=False)
    return replace(blank, seconds=0.0, words=0, level="", state="")


def _with_forms(prompts: Iterable[str], languages: tuple[str, ...]) -> list[str]:
    """Return prompts, each followed by the plural forms that one of the languages may have."""
    every: list[str] = []
    for prompt in prompts:
        forms = [f for code in languages for f in plural_texts.forms_of(code, prompt)]
        every += [prompt, *(plural_texts.name_of(prompt, form) for form in dict.fromkeys(forms))]
    return list(dict.fromkeys(every))


def _source_changes(
    drafts: Drafts, text: Text, after: Examined, former: Mapping[str, str]
) -> list[Piece]:
    """Return how the source of a stale text differs from what was translated, if known.

    Of a source with plural forms, one text or form is known to differ.
    """
    default = drafts.script.line.default_language
    prompt, _ = plural_texts.parts_of(text.prompt)
    names = {"": prompt}
    names |= {f: plural_texts.name_of(prompt, f) for f in plural_texts.forms_of(default, prompt)}
    source = {
        f: after.texts[default, n].text for f, n in names.items() if (default, n) in after.texts
    }
    if not text.is_stale or not source:
        return []
    if source.keys() == {""}:
        return word_diff(former[text.of], source[""]) if text.of in former else []
    for form in source.keys() - {""}:  # one that the translation was made without
        others = {f: one for f, one in source.items() if f != form}
        if digest(others.pop(""), others.items()) == text.of:
            return word_diff("", source[form])
    for form, one in product(source, former.values()):
        forms = {**source, form: one}
        if digest(forms.pop(""), forms.items()) == text.of:
            return word_diff(one, source[form])
    return []


def _former_sources(drafts: Drafts, after: Examined) -> dict[str, str]:
    """Return the source texts before they were edited here, by their digest."""
    default = drafts.script.line.default_language
    if not any(text.is_stale for text in after.texts.values()):
        return {}
    files = {text.file for (code, _), text in after.texts.items() if code == default}
    with drafts.database.reading() as connection:
        every = [one for name in files for one in former_texts(connection, name)]
    return {digest(one): one for one in every}


def _for_page(text: Text) -> Text:
    """Return a text whose problems have a remedy that this page offers, not one in YAML."""
    remedy = "change it and save it, or press “Reviewed by me” among the translations"
    problems = (
        replace(p, remedy=remedy) if p.check == "translations" and "write of:" in p.remedy else p
        for p in text.problems
    )
    return replace(text, problems=tuple(problems))
