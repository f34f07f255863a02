"""`ivr map`: the call graph as a drawing."""

from importlib.resources import files
from pathlib import Path

import click

from ivr.cli.script_options import language_of, script_in, written_to


@click.command(name="map")
@click.argument("language", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file.")
@click.option("--prompts", type=click.Path(path_type=Path), help="The phone script's folder.")
def map(language: str | None, output: Path | None, prompts: Path | None) -> None:  # noqa: A001 the command's name
    """Draw the call graph as SVG, with the words of LANGUAGE (default: the script's first).

    What leads to what and on which key, how silence ends, and who is rung when a number fails. A
    browser shows and prints it.

    \b
    Example:
      ivr map -o map.svg
      ivr map es -o mapa.svg
    """
    from ivr.call_graph.svg import svg

    script = script_in(prompts)
    style = files("ivr.web").joinpath("static/map.css").read_text(encoding="utf-8")
    written_to(output, svg(script, language_of(script, language), {}, style))
