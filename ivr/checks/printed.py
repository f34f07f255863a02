"""printed: does paper that was printed still say what the line does?

`ivr card` makes cards, posters and magnets, and notes in printed.yaml which keys and numbers stand
on them. Each change since then is a **warning**, and none an **error**: callers hear the new keys.

- a key of the main menu that leads elsewhere, or nowhere, now;
- another key for the language of the card; another number of the line or of the hotline.

    prompts/printed.yaml:3:3 printed: "2" was printed for "missing" on 2026-11-30 (en), and leads to
    "signs" now: print anew, or fix the key in menu.yaml

Take an entry out of printed.yaml when its paper is gone.
"""

from collections.abc import Iterator

from ivr.checks.engine.context import Finding, ScriptContext, problem_in
from ivr.dialog.language_menu import written_keys
from ivr.errors import IvrError
from ivr.problem import Problem
from ivr.script.model import Script
from ivr.script.printed import FILE, Printed, main_keys, read_printed
from ivr.script.yaml_source import read_yaml

ID = "printed"
SAFETY = False


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield each way in which printed paper is out of date."""
    path = context.files.line.path.parent / FILE
    try:
        cards = read_printed(path.parent)
    except IvrError as e:
        text = str(e).removeprefix(f"{path}: ")
        yield Problem(str(path), 1, 1, text, "mend it", ID, "warning")
        return
    source = read_yaml(path) if cards else None
    for i, card in enumerate(cards):
        for about, text in _changes(context.script, card):
            remedy = "print anew, or fix the key in menu.yaml"
            finding = Finding(ID, text, remedy, "warning")
            if source is not None:
                yield problem_in(source, (i,), finding, about)


def _changes(script: Script, card: Printed) -> Iterator[tuple[str, str]]:
    """Yield what a change is about, and what it is."""
    when = f"on {card.on} ({card.language})"
    if card.language not in script.words:
        yield (
            card.language,
            f"a card in {card.language} was printed {when}, which is off the air now",
        )
        return
    now = main_keys(script)
    for key, to in card.keys.items():
        if now.get(key) != to:
            leads = f'leads to "{now[key]}"' if key in now else "leads nowhere"
            yield to, f'"{key}" was printed for "{to}" {when}, and {leads} now'
    key = written_keys(script, card.language)
    if key != card.language_key:
        text = f'"{card.language_key}" was printed for the language {when}; it is "{key}" now'
        yield card.language, text
    numbers = (("line", card.number, script.line.agency.number or ""),)
    for whose, printed, present in (
        *numbers,
        ("hotline", card.hotline, script.hotline.number or ""),
    ):
        if printed != present:
            text = (
                f"{printed} was printed as the {whose}'s number {when}; it is {present or 'unset'}"
            )
            yield whose, text
