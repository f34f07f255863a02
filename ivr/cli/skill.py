"""`ivr skill`: the line's words on a voice assistant: talk to it, export it, look after it."""

import asyncio
import datetime as dt
import json
import logging.config
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import click
import requests

from ivr.cli.options import language_of, moment_of, prompts_option, script_in, settings_with
from ivr.errors import IvrError, report_unwritable
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.skill import Answer, Service
from ivr.skill.conversation import read_place, respond
from ivr.skill.meaning import HELP, NOTHING, OPEN, understand
from ivr.skill.package import PATH, package
from ivr.skill.speech_markup import plain

ASK_SECONDS = 5.0
"""How long `doctor` waits for the line's answer."""

SILENCE = "-"


@click.group()
def skill() -> None:
    """Put the line's words on a voice assistant: Alexa, or Home Assistant by Wyoming.

    Needs `assistant:` in line.yaml (docs/assistant.md).

    \b
    Example:
      ivr skill talk
      ivr skill export alexa
      ivr skill doctor
    """


@skill.command()
@click.option("--say", help="What to say, with commas between; - is silence.")
@click.option("--language", help="A language of the script.  [default: its first]")
@click.option("--service", type=click.Choice(get_args(Service)), default="alexa")
@click.option("--at", metavar="TIME", help="Talk as if it were that time.")
@prompts_option
def talk(
    say: str | None, language: str | None, service: Service, at: str | None, prompts: Path | None
) -> None:
    """Talk to the skill in this terminal, in words. An empty line, or -, is silence.

    Silence is answered once; then the assistant ends the session. Nothing is sent anywhere.

    \b
    Example:
      ivr skill talk
      ivr skill talk --say "yes,what to do,next,stop"
      ivr skill talk --language es --say "sí,señales de alerta"
    """
    script = _with_assistant(prompts)
    code = language_of(script, language)
    duty = script.schedule.duty(moment_of(at, script.line.time_zone))
    on_speaker = script.on_speaker
    reply = partial(respond, on_speaker, service, duty=duty)
    answer = reply(read_place(on_speaker, code, ""), OPEN)
    _show(answer)
    for words in _said(say):
        if words in {"", SILENCE}:
            click.echo(f"  {plain(answer.reprompt)}\n(the assistant ends the session)")
            return
        meaning = understand(on_speaker, code, words)
        is_help = words.casefold() in {"help", "ayuda"}  # the assistant's own word
        answer = reply(answer.place, HELP if is_help else meaning)
        nothing = " (nothing here)" if meaning == NOTHING and not is_help else ""
        click.echo(f"> {words}{nothing}")
        _show(answer)
        if answer.ends:
            click.echo("(the session has ended)")
            return


def _said(say: str | None) -> Iterator[str]:
    if say is not None:
        yield from (words.strip() for words in say.split(","))
        return
    while True:
        try:
            yield input("> ").strip()
        except EOFError:
            return


def _show(answer: Answer) -> None:
    for words in answer.words:
        click.echo(f"  {plain((words,))}")


@skill.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@prompts_option
def export(out: Path, prompts: Path | None) -> None:
    """Write the skill package into the folder OUT: the manifest, and what can be said.

    The developer console of Alexa imports it. Needs IVR_PUBLIC_URL, to which the skill sends.

    \b
    Example:
      ivr skill export alexa
    """
    settings = settings_with(prompts)
    if not settings.public_url:
        raise IvrError("IVR_PUBLIC_URL is not set: the package names the URL that Alexa calls")
    files = package(_with_assistant(prompts).on_speaker, settings.public_url)
    for name, content in files.items():
        path = out / name
        with report_unwritable(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
        click.echo(f"Written to {path}")


@skill.command()
@prompts_option
def doctor(prompts: Path | None) -> None:
    """Look whether the Alexa skill can be answered: the script, the settings, the line's address.

    It asks IVR_PUBLIC_URL for a refusal, as anybody could. Exits 1 if something is wrong.

    \b
    Example:
      ivr skill doctor
    """
    settings = settings_with(prompts)
    script = _with_assistant(prompts)
    wrong = [*_wrong_in_script(settings, script), *_wrong_outside(settings)]
    for text in wrong:
        click.echo(f"- {text}")
    if wrong:
        raise IvrError(f"{len(wrong)} to mend")
    click.echo(f"The skill can be answered at {settings.public_url}{PATH}.")


def _wrong_in_script(settings: Settings, script: Script) -> Iterator[str]:
    from ivr.checks import speaker
    from ivr.checks.engine.registry import run_checks

    today = dt.datetime.now(ZoneInfo(script.line.time_zone)).date()
    _, problems = run_checks(settings.prompts, today, every=[speaker])
    yield from (str(problem) for problem in problems if problem.check == speaker.ID)
    alexa = script.line.assistant.alexa if script.line.assistant else None
    if alexa is None:
        yield "line.yaml has no assistant: alexa:, so nothing is answered"
    elif alexa.skill_id is None:
        yield "assistant: alexa: skill_id: is not set: the console shows it, as amzn1.ask.skill.…"


def _wrong_outside(settings: Settings) -> Iterator[str]:
    url = settings.public_url
    if not url:
        yield "IVR_PUBLIC_URL is not set: Alexa calls it"
        return
    if not url.startswith("https://"):
        yield f"{url} does not begin with https://: Alexa calls nothing else"
    try:
        answer = requests.post(f"{url}{PATH}", data=b"{}", timeout=ASK_SECONDS)
    except requests.exceptions.SSLError:
        yield f"{url} has no certificate that others trust"
    except (requests.RequestException, OSError):
        yield f"{url} does not answer: is the line running, and the proxy before it?"
    else:
        if answer.status_code != requests.codes.bad_request:
            code = answer.status_code
            yield f"{url}{PATH} answers an unsigned request with {code}; 400 is right"


@skill.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=10500, type=click.IntRange(1, 65535), help="Port.")
@prompts_option
def wyoming(host: str, port: int, prompts: Path | None) -> None:
    """Serve Home Assistant as a conversation agent, by the Wyoming protocol.

    Nothing tells Home Assistant from anybody else on the network, so listen only where it can
    reach the port and others cannot. Stop it with Ctrl-C or SIGTERM.

    \b
    Example:
      ivr skill wyoming
      ivr skill wyoming --host 192.168.1.20 --port 10500
    """
    settings = settings_with(prompts)
    script = _with_assistant(prompts)
    if script.line.assistant is None or not script.line.assistant.wyoming:
        raise IvrError("line.yaml has no assistant: wyoming: true (docs/assistant.md)")
    from ivr import logs
    from ivr.alerts import Alerts
    from ivr.database.engine import Database
    from ivr.local_time import utcnow
    from ivr.records.recorder import Recorder
    from ivr.schedule.current import CurrentDuty
    from ivr.web.assistant.telemetry import SessionTelemetry
    from ivr.web.assistant.wyoming import Conversations, WyomingServer

    logging.config.dictConfig(logs.config(plain=True))
    zone, alerts = ZoneInfo(script.line.time_zone), Alerts(settings)
    records = Database(settings, keeps_connection=True)
    recorder = Recorder(records, zone, script.line.keep_days, alerts.notify)
    current = CurrentDuty(script.schedule, settings, Database(settings), alerts.notify)
    sessions = SessionTelemetry(recorder.record, zone, utcnow)
    conversations = Conversations(
        script, lambda now: current(now) or script.schedule.duty(now), sessions, utcnow
    )
    current.start()
    click.echo(f"Home Assistant can reach the skill at {host}:{port} (Wyoming Protocol)")
    try:
        asyncio.run(WyomingServer(conversations, host, port).serve())
    except OSError as e:
        raise IvrError(f"{host}:{port} cannot be listened on ({e.strerror})") from None
    except KeyboardInterrupt:
        pass
    finally:
        recorder.close()


def _with_assistant(prompts: Path | None) -> Script:
    script = script_in(prompts)
    if script.line.assistant is None:
        raise IvrError("line.yaml has no assistant: (docs/assistant.md)")
    return script
