"""menus: can callers remember what is offered, and is it the same in every language?

Callers forget a menu that is too long, or that names the key before the task
(docs/requirements.md, R1, R2 and R5). The line adds the keys to the tasks, from menu.yaml, so they
are the same in every language; words that name a key must not undo that.

- **error**: the key said before its task ("Press 1 for …"); an opening over 25 s, a menu over 30 s;
  a prompt of more than 45 words, or of over 21 s in a script without spaces between words; a
  translation that names other keys than the source.
- **warning**: a prompt that names a key from 1 to 5 of a menu, which moves when choices do; a
  prompt in a language's file that nothing says; a choice that callers can say in the default
  language, and not in another (`speech:` in the languages' files).

    prompts/en.yaml:70:3 menus: "meaning.wrong" has 58 words, limit 45: make two of it

A menu with more than 5 choices, or one that uses a key that the line reserves, is a `load` error.
`ivr check --seconds` shows how long each prompt takes.
"""

from collections.abc import Iterator

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.checks.measures.duration import talking_seconds, turn_seconds
from ivr.checks.measures.lexicon import Lexicon, lexicon, plain
from ivr.checks.measures.limits import BLOCK_SECONDS, BLOCK_WORDS, MENU_SECONDS, OPENING_SECONDS
from ivr.dialog.build_turn import turn
from ivr.dialog.place import Place
from ivr.problem import Problem
from ivr.readability.writing import characters
from ivr.script.nodes import Menu, Opening, choices
from ivr.script.required_prompts import bridge_prompts, required_prompts

ID = "menus"
SAFETY = False


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield what is too long, said in the wrong order, different by language, or never said."""
    for language in context.script.bridges:
        yield from _prompts(context, language)
    for language in context.script.words:
        yield from _prompts(context, language)
        if patterns := lexicon(language):
            yield from _order(context, language, patterns)
            yield from _keys(context, language, patterns)
        yield from _seconds(context, language)
        yield from _sayable(context, language)


def _prompts(context: ScriptContext, language: str) -> Iterator[Problem]:
    script = context.script
    required = required_prompts(script.graph, script.line.destinations)
    if script.line.is_bridge(language):
        required = bridge_prompts(script.graph)
    for prompt, entry in script.every_words[language].prompts.items():
        if prompt not in required:
            remedy = "remove it, or name it in menu.yaml"
            finding = Finding(ID, f'nothing says "{prompt}"', remedy, "warning")
            yield context.in_words(language, prompt, finding)
        count = len(entry.text.replace("…", " ").split())
        if count > BLOCK_WORDS:
            text = f'"{prompt}" has {count} words, limit {BLOCK_WORDS}'
            yield context.in_words(language, prompt, Finding(ID, text, "make two of it"))
        if characters(entry.text):
            taken = talking_seconds(script.line.languages[language], entry.text)
            if taken > BLOCK_SECONDS:
                text = f'"{prompt}" takes {taken:.0f} s to say, limit {BLOCK_SECONDS:.0f} s'
                yield context.in_words(language, prompt, Finding(ID, text, "make two of it"))


def _order(context: ScriptContext, language: str, patterns: Lexicon) -> Iterator[Problem]:
    prompts = context.script.words[language].prompts
    template = prompts["choice"].text
    if template.index("{key}") < template.index("{task}"):
        finding = Finding(ID, '"choice" says the key before the task', "put {task} before {key}")
        yield context.in_words(language, "choice", finding)
    for prompt, entry in prompts.items():
        if match := patterns.key_first.search(plain(entry.text)):
            text = f'"{prompt}" says the key before the task: "{match.group()}"'
            remedy = "say the task first, the key last"
            yield context.in_words(language, prompt, Finding(ID, text, remedy))


def _keys(context: ScriptContext, language: str, patterns: Lexicon) -> Iterator[Problem]:
    """Yield texts that name keys which differ by language, or move when choices do."""
    script = context.script
    origin = script.line.default_language
    source = lexicon(origin)
    in_menus = _of_menus(context)
    for prompt, entry in script.words[language].prompts.items():
        named = patterns.keys_named(entry.text)
        original = script.words[origin].prompts.get(prompt)
        expected = source.keys_named(original.text) if source and original else named
        if named != expected:
            text = f'"{prompt}" names {_listed(named)}, in "{origin}" it names {_listed(expected)}'
            yield context.in_words(language, prompt, Finding(ID, text, "name the same keys"))
        elif prompt in in_menus and (moving := [key for key in named if key in "12345"]):
            text = f'"{prompt}" names {_listed(moving)}, which moves when choices do'
            remedy = "leave the keys 1 to 5 to the line, which says them after each choice"
            yield context.in_words(language, prompt, Finding(ID, text, remedy, "warning"))


def _of_menus(context: ScriptContext) -> frozenset[str]:
    """Return the prompts of menus, whose keys 1 to 5 follow from the order of the choices."""
    prompts: set[str] = set()
    for node in context.script.graph.nodes.values():
        prompts |= {choice.task for choice in choices(node)}
        prompts |= {*node.first, *node.say} if isinstance(node, Menu) else set()
    return frozenset(prompts)


def _listed(keys: list[str]) -> str:
    return f"the key{'s' if len(keys) > 1 else ''} {' and '.join(keys)}" if keys else "no key"


def _seconds(context: ScriptContext, language: str) -> Iterator[Problem]:
    script = context.script
    for node_id, node in script.graph.nodes.items():
        if not isinstance(node, Opening | Menu):
            continue
        limit = MENU_SECONDS if isinstance(node, Menu) else OPENING_SECONDS
        seconds = turn_seconds(script, turn(script, Place(language, node_id)))
        if seconds > limit:
            text = f'"{node_id}" takes {seconds:.0f} s in "{language}", limit {limit:.0f} s'
            yield context.in_graph(
                node_id, Finding(ID, text, "offer less, or say it in fewer words")
            )


def _sayable(context: ScriptContext, language: str) -> Iterator[Problem]:
    script = context.script
    origin = script.line.default_language
    if not script.listens(language):
        return
    for name, words in script.words[origin].speech.items():
        if words and not script.words[language].speech.get(name):
            text = f'"{language}" has no words for "{name}", "{origin}" has "{words[0]}"'
            finding = Finding(ID, text, f"add {name}: […] under speech:", "warning")
            yield context.in_speech(language, name, finding)
