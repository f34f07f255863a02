"""inventory: does the line say all that it must, in every language?

`inventory.yaml` beside the script lists what a caller must be able to hear: for each item, the
prompt that says it, and words that must occur in it in each language. An agency may extend it.

- **error**: an item whose prompt is gone from the menus, or does not have the words; a language
  for which the item has no words; an inventory.yaml that cannot be read.
- **warning**: no inventory.yaml, so nothing can be counted.

    prompts/es.yaml:88:3 inventory: "meaning.definition" does not say "alimentos" (definition):
    say it, or correct inventory.yaml
"""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.checks.measures.duration import in_context
from ivr.problem import Problem
from ivr.script.required_prompts import INVENTORY, Item, required_prompts
from ivr.script.yaml_source import Source, read_yaml
from ivr.text import without_accents

ID = "inventory"
SAFETY = True


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield every item of the inventory that a caller cannot hear."""
    path = context.files.line.path.parent / "inventory.yaml"
    if not path.exists():
        text = "there is no inventory.yaml, so nothing is counted"
        yield context.in_line((), Finding(ID, text, "copy the shipped one and adapt it", "warning"))
        return
    source = read_yaml(path)
    try:
        items = () if source.problems else INVENTORY.validate_python(source.data)
    except ValidationError as e:
        yield from (replace(_explained(source, error), check=ID) for error in e.errors())
        return
    yield from (replace(problem, check=ID) for problem in source.problems)
    for item in items:
        yield from _item(context, item)


def _explained(source: Source, error: ErrorDetails) -> Problem:
    """Return pydantic's error in an operator's words, at its line."""
    loc = error["loc"]
    names = [part for part in loc if isinstance(part, str)]
    if not names:
        what = f"item {int(loc[0]) + 1} is no mapping" if loc else "this is no list of items"
        return source.problem(loc, what, "write each as - {part: …, prompt: …, hears: …}")
    what = f'"{names[0]}" of item {int(loc[0]) + 1}'
    if error["type"] == "missing":
        return source.problem(loc, f"{what} is missing", "add it")
    if error["type"] == "extra_forbidden":
        return source.problem(loc, f"{what} is unknown", "write part:, prompt: and hears:")
    if names[0] == "hears":
        return source.problem(loc, f"{what} is no list of words", 'write {en: ["some words"]}')
    return source.problem(loc, f"{what} is no text", "write text, in quotes")


def _item(context: ScriptContext, item: Item) -> Iterator[Problem]:
    script = context.script
    required = required_prompts(script.graph, script.line.destinations)
    for language, words in script.words.items():
        if item.prompt not in required or item.prompt not in words.prompts:
            text = f'nothing in menu.yaml says "{item.prompt}" ({item.part})'
            finding = Finding(ID, text, "let a node say it, or take it out of inventory.yaml")
            yield context.in_words(language, item.prompt, finding)
            continue
        text_heard = _plain(in_context(script, language, item.prompt).text)
        if not item.hears.get(language):
            text = f'inventory.yaml has no words in "{language}" for {item.part}'
            finding = Finding(ID, text, f"add {language}: [words] to its hears:")
            yield context.in_words(language, item.prompt, finding)
        for phrase in item.hears.get(language, ()):
            if _plain(phrase) not in text_heard:
                text = f'"{item.prompt}" does not say "{phrase}" ({item.part})'
                remedy = "say it, or correct inventory.yaml"
                yield context.in_words(language, item.prompt, Finding(ID, text, remedy))


def _plain(text: str) -> str:
    letters = (c if c.isalnum() else " " for c in without_accents(text).lower())
    return " ".join("".join(letters).split())
