"""inventory: does the line say all that it must, in every language?

`inventory.yaml` beside the script lists the facts that a caller must be able to hear, each with the
prompt that says it and the words by which it is known in each language. An agency may extend it.

- **error**: a fact whose prompt is gone from the menus, or whose words are not in it; a language
  for which the fact has no words; an inventory.yaml that cannot be read.
- **warning**: no inventory.yaml, so nothing can be counted.

    prompts/es.yaml:88:3 inventory: "meaning.definition" does not say "alimentos" (definition):
    say it, or correct inventory.yaml
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from ivr.checks.engine.context import Finding, Subject
from ivr.checks.measures.prompt_in_context import heard
from ivr.problem import Problem
from ivr.script.required_prompts import required_prompts
from ivr.script.yaml_source import Source, read_yaml

ID = "inventory"
SAFETY = True


class Entry(BaseModel):
    """A fact: which part of the inventory it is, who says it, and by which words it is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: str
    prompt: str
    hears: dict[str, tuple[str, ...]]


INVENTORY = TypeAdapter(tuple[Entry, ...])
"""What inventory.yaml is."""


def check(subject: Subject) -> Iterator[Problem]:
    """Yield every fact of the inventory that a caller cannot hear."""
    path = subject.files.line.path.parent / "inventory.yaml"
    if not path.exists():
        text = "there is no inventory.yaml, so nothing is counted"
        yield subject.in_line((), Finding(ID, text, "copy the shipped one and adapt it", "warning"))
        return
    source = read_yaml(path)
    try:
        entries = () if source.problems else INVENTORY.validate_python(source.data)
    except ValidationError as e:
        yield from (replace(_told(source, error), check=ID) for error in e.errors())
        return
    yield from (replace(problem, check=ID) for problem in source.problems)
    for entry in entries:
        yield from _entry(subject, entry)


def _told(source: Source, error: ErrorDetails) -> Problem:
    """Put pydantic's error into an operator's words, at the line where it stands."""
    loc = error["loc"]
    names = [part for part in loc if isinstance(part, str)]
    if not names:
        what = f"fact {int(loc[0]) + 1} is no fact" if loc else "this is no list of facts"
        return source.problem(loc, what, "write each as - {part: …, prompt: …, hears: …}")
    what = f'"{names[0]}" of fact {int(loc[0]) + 1}'
    if error["type"] == "missing":
        return source.problem(loc, f"{what} is missing", "add it")
    if error["type"] == "extra_forbidden":
        return source.problem(loc, f"{what} is unknown", "write part:, prompt: and hears:")
    if names[0] == "hears":
        return source.problem(loc, f"{what} is no list of words", 'write {en: ["some words"]}')
    return source.problem(loc, f"{what} is no text", "write text, in quotes")


def _entry(subject: Subject, entry: Entry) -> Iterator[Problem]:
    script = subject.script
    needed = required_prompts(script.graph, script.line.destinations)
    for language, words in script.words.items():
        if entry.prompt not in needed or entry.prompt not in words.prompts:
            text = f'nothing in menu.yaml says "{entry.prompt}" ({entry.part})'
            finding = Finding(ID, text, "let a node say it, or take it out of inventory.yaml")
            yield subject.in_words(language, entry.prompt, finding)
            continue
        said = _plain(heard(script, language, entry.prompt).text)
        if not entry.hears.get(language):
            text = f'inventory.yaml has no words in "{language}" for {entry.part}'
            finding = Finding(ID, text, f"add {language}: [words] to its hears:")
            yield subject.in_words(language, entry.prompt, finding)
        for phrase in entry.hears.get(language, ()):
            if _plain(phrase) not in said:
                text = f'"{entry.prompt}" does not say "{phrase}" ({entry.part})'
                remedy = "say it, or correct inventory.yaml"
                yield subject.in_words(language, entry.prompt, Finding(ID, text, remedy))


def _plain(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare.lower()).split())
