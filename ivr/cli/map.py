"""`ivr map`: the call graph as an SVG image."""

from importlib.resources import files
from pathlib import Path

import click

from ivr.cli.options import language_of, output_option, prompts_option, script_in, write_output


@click.command(name="map")
@click.argument("language", required=False)
@output_option
@prompts_option
def map(language: str | None, output: Path | None, prompts: Path | None) -> None:  # noqa: A001 the command's name
    """Draw the call graph as SVG, with the words of LANGUAGE (default: the script's first).

    It shows where each key leads, what follows silence, and which number rings if one fails. Open
    it in a browser to print it.

    \b
    Example:
      ivr map -o map.svg
      ivr map es -o mapa.svg
    """
    from ivr.call_graph.svg import svg

    script = script_in(prompts)
    style = files("ivr.web").joinpath("static/map.css").read_text(encoding="utf-8")
    write_output(output, svg(script, language_of(script, language), {}, style))
