"""`ivr translate`: export the prompts for translators, and import their work."""

import datetime as dt
from contextlib import suppress
from pathlib import Path

import click
from pydantic import ValidationError

from ivr.cli.options import PATH, prompts_option, settings_with
from ivr.errors import IvrError, report_unwritable
from ivr.problem import ScriptError
from ivr.script.load import SPEAKER, Parts, read_parts
from ivr.script.model import Script, Words
from ivr.script.po_phrases import Phrases
from ivr.script.required_prompts import INVENTORY, bridge_prompts, required_prompts
from ivr.script.yaml_source import Files, read_yaml


@click.command()
@click.argument("language")
@click.option("--export", "out", type=PATH, help="Write this PO file.")
@click.option("--import", "back", type=PATH, help="Import this PO file.")
@click.option("--speaker", is_flag=True, help="The words of a voice assistant.")
@click.option("--reviewed-by", metavar="NAME", help="Who has read it all and vouches for it.")
@click.option("--machine", is_flag=True, help="The texts are a machine's; callers hear none.")
@prompts_option
def translate(  # noqa: PLR0913 one for each option
    language: str,
    out: Path | None,
    back: Path | None,
    reviewed_by: str | None,
    prompts: Path | None,
    *,
    machine: bool,
    speaker: bool,
) -> None:
    """Export the prompts of LANGUAGE as a PO file, or import a translated PO file.

    Translations that are stale or that nobody has reviewed are marked fuzzy. With --reviewed-by,
    those that come back without the mark count as reviewed by that person today; else all that
    is new comes in as drafts. `ivr language add` makes a new language.

    The file also has what callers may say, the words of inventory.yaml and the agency's name.

    \b
    Example:
      ivr translate es --export es.po
      ivr translate es --import es.po
      ivr translate es --import es.po --reviewed-by "the name of the reviewer, and their work"
      ivr translate es --speaker --export speaker.po
    """
    if (out is None) == (back is None):
        raise click.UsageError("give either --export FILE or --import FILE")
    if back is None and (reviewed_by is not None or machine):
        raise click.UsageError("--reviewed-by and --machine go with --import FILE")
    if reviewed_by is not None and (machine or not reviewed_by.strip()):
        raise click.UsageError("--reviewed-by needs the name of a person, without --machine")
    from ivr.script import po

    folder = settings_with(prompts).prompts
    words = folder / f"{SPEAKER if speaker else ''}{language}.yaml"
    parts, files, source, translated = _words(folder, language, speaker=speaker)
    is_bridge = parts.line is not None and parts.line.is_bridge(language)
    phrases = () if speaker or is_bridge else _phrases(parts, folder, language, source, translated)
    if out is not None:
        has = translated.prompts
        notes = {} if speaker else _notes(parts)
        sent = po.export_po(source.prompts, has, language, notes, phrases)
        with report_unwritable(out):
            sent.save(str(out))
        new = sum(prompt not in has for prompt in source.prompts)
        click.echo(f"{out}: prompts: {len(source.prompts)}, of which new: {new}")
    elif back is not None:
        origin = po.Origin((reviewed_by or "").strip(), dt.datetime.now(dt.UTC).date(), machine)
        elsewhere = {} if speaker else _elsewhere(parts, files, language)
        changed = po.import_po(back, words, source.prompts, origin, phrases, elsewhere)
        click.echo(f"{words}: prompts changed: {changed}; now run: ivr check {folder}")


def _elsewhere(parts: Parts, files: Files, language: str) -> dict[str, Path]:
    """Return the file of a language for each prompt of an extra, whether it is there or not."""
    default = parts.line.default_language if parts.line else ""
    inserted = files.words[default].inserted.items()
    return {
        str(loc[1]): source.path.with_name(f"{language}.yaml")
        for loc, (source, _) in inserted
        if loc[0] == "prompts"
    }


def _words(folder: Path, language: str, *, speaker: bool) -> tuple[Parts, Files, Words, Words]:
    """Return the words of the default language and of another, which may have none yet.

    The rest of the script may have problems: missing prompts are the reason to translate.
    """
    parts, files, problems = read_parts(folder, language)
    if parts.line is None:
        raise ScriptError(problems)
    default = parts.line.default_language
    others = [code for code in parts.line.languages if code != default]
    if language not in others:
        use = f"use one of {', '.join(others)}, or add it" if others else "add it"
        raise IvrError(
            f'"{language}" is not a translation of this script: {use} (ivr language add {language})'
        )
    words, sources = (parts.speaker, files.speaker) if speaker else (parts.words, files.words)
    if speaker and not sources:
        raise IvrError("line.yaml has no assistant: (docs/assistant.md)")
    source, translated = words.get(default), words.get(language)
    unread = {default} if source is None else set()
    unread |= {language} if translated is None and sources[language].path.exists() else set()
    if source is None or unread:
        paths = {str(sources[code].path) for code in unread}
        raise ScriptError([p for p in problems if p.path in paths])
    if parts.graph and parts.line.is_bridge(language):
        few = bridge_prompts(parts.graph)
        prompts = {id_: prompt for id_, prompt in source.prompts.items() if id_ in few}
        source = source.model_copy(update={"prompts": prompts})
    return parts, files, source, translated or Words(prompts={})


def _phrases(
    parts: Parts, folder: Path, language: str, source: Words, translated: Words
) -> list[Phrases]:
    """Return what a language has besides its prompts; of a broken inventory.yaml, nothing."""
    from ivr.script import po_phrases

    if parts.line is None:
        return []
    default = parts.line.default_language
    read = read_yaml(folder / "inventory.yaml")
    try:
        items = () if read.problems else INVENTORY.validate_python(read.data)
    except ValidationError:
        items = ()
    return [
        *po_phrases.of_name(parts.line.agency.name, default, language),
        *po_phrases.of_speech(source.speech, translated.speech),
        *po_phrases.of_inventory(items, default, language),
    ]


def _notes(parts: Parts) -> dict[str, str]:
    """Return for each prompt where callers hear it, and how long it may take."""
    from ivr.checks.measures.duration import in_context, seconds
    from ivr.checks.measures.limits import BLOCK_SECONDS

    if parts.line is None or parts.graph is None:
        return {}
    default = parts.line.default_language
    script = Script(parts.line, parts.graph, {default: parts.words[default]})
    needed = required_prompts(parts.graph, parts.destinations)
    notes = {}
    for prompt, loc in needed.items():
        in_node = loc[:1] == ("nodes",)
        where = f"heard at {loc[1]} (menu.yaml)" if in_node else "said by the line itself"
        with suppress(KeyError, ValueError):  # of a script with problems
            length = seconds(script, in_context(script, default, prompt))
            where += f"; {length:.0f} s in {default}, at most {BLOCK_SECONDS:.0f} s"
        notes[prompt] = where
    return notes
