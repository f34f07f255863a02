"""review: has a person vouched for what callers hear in another language?

Each translation has a `state`: `machine` if a machine made it and nobody has read it, `draft` if a
person wrote it, `reviewed` if somebody who knows the language and the matter has read it and named
themselves in `by:`, with the day in `on:`. The texts of the default language are the source, and
need no review here. docs/languages.md tells how to have texts reviewed.

- **error**: a text that is in the state `machine`; a safety text (911, transfers, the ladder, "do
  not confront") that no named person has reviewed, unless line.yaml says under `unreviewed:` who
  decided that callers hear it all the same, when, and why.
- **warning**: an entry of `unreviewed:` that is not needed (any more); an extra that is switched on
  and whose words no professional has approved by name (`approved:` in its menu.yaml).

    prompts/line.yaml:18:3 review: 46 of the 46 safety texts in "es" are not reviewed, the first is
    "opening.danger": have them reviewed, or write under unreviewed: who decided otherwise

`ivr check`, `ivr serve` and the console show what `unreviewed:` lets callers hear.
"""

from collections.abc import Iterator

from ivr.checks.engine.context import Finding, ScriptContext, problem_in
from ivr.problem import Problem
from ivr.script.review import safety_texts, translations, unreviewed

ID = "review"
SAFETY = True

_REMEDY = (
    "have them reviewed (ivr translate {0} --export), or write who decided otherwise:"
    ' unreviewed: {{{0}: {{by: …, decided_on: 2026-12-31, reason: "…"}}}}'
)


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield each language that callers hear though nobody has vouched for its safety texts."""
    script = context.script
    for code in script.every_words:
        yield from _by_machine(context, code)
    for code in translations(script):
        texts = unreviewed(script, code)
        if texts and code not in script.line.unreviewed:
            of = len(safety_texts(script, code))
            what = (
                f'{len(texts)} of the {of} safety texts in "{code}" are not reviewed by a named'
                f' person, the first is "{texts[0]}"'
            )
            finding = Finding(ID, what, _REMEDY.format(code))
            yield context.in_line(("languages", code), finding)
    yield from _useless(context)
    for name, extra in script.extras.items():
        if extra.rests_on and extra.approved is None:
            what = f'no professional has approved the words of the extra "{name}"'
            finding = Finding(ID, what, _APPROVE, "warning")
            yield problem_in(context.files.extras[name], ("approved",), finding, name)


_APPROVE = (
    "have them read and corrected, then write approved: {by: name and work, on: 2026-12-31} here"
)


def _by_machine(context: ScriptContext, language: str) -> Iterator[Problem]:
    prompts = context.script.every_words[language].prompts
    ids = [id_ for id_, prompt in prompts.items() if prompt.state == "machine"]
    if ids:
        others = f" (and {len(ids) - 1} more)" if len(ids) > 1 else ""
        what = f'"{ids[0]}"{others} is the work of a machine that nobody has read'
        remedy = f"have somebody read it, then write state: draft, or take {language} off the air"
        yield context.in_words(language, ids[0], Finding(ID, what, remedy))


def _useless(context: ScriptContext) -> Iterator[Problem]:
    script = context.script
    for code in script.line.unreviewed:
        if code not in script.every_words:
            what = f'unreviewed: "{code}" is no language that callers hear'
        elif code not in translations(script):
            what = f'unreviewed: "{code}" is the default language, which needs no review'
        elif not unreviewed(script, code):
            what = f'unreviewed: all safety texts in "{code}" are reviewed'
        else:
            continue
        yield context.in_line(("unreviewed", code), Finding(ID, what, "remove it", "warning"))
