"""`ivr twilio`: connect the line to a Twilio number, check it, and undo that."""

import datetime as dt
from dataclasses import fields
from pathlib import Path

import click

from ivr.carrier import setup as work
from ivr.carrier.client import Account
from ivr.carrier.emergency import Address
from ivr.carrier.number import find
from ivr.cli.doctor import exit_for, print_rows
from ivr.cli.options import opened, output_option, prompts_option, script_in, write_output
from ivr.errors import IvrError
from ivr.phone_numbers import e164
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.twiml import voice as twiml

NUMBER = click.option("--number", help="The line's number, \"+1…\".  [default: line.yaml's]")
YES = click.option("--yes", is_flag=True, help="Do it; without this, only show it.")


@click.group()
def twilio() -> None:
    """Put the line on a number of your Twilio account: set up, check, undo.

    Needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and IVR_PUBLIC_URL.

    \b
    Example:
      ivr twilio setup
      ivr twilio setup --yes
      ivr twilio doctor
    """


@twilio.command()
@NUMBER
@click.option("--customer-name", help="For 911: the name at the address.")
@click.option("--street", help="For 911: house number and street.")
@click.option("--city", help="For 911: town.")
@click.option("--region", help="For 911: state, as NY.")
@click.option("--postal-code", help="For 911: ZIP code.")
@YES
@prompts_option
def setup(number: str | None, prompts: Path | None, *, yes: bool, **address: str | None) -> None:
    """Show what changes if a number's calls come to this line, and change it with --yes.

    The old settings are stored in IVR_STATE, for `ivr twilio undo`. The address, if given, is where
    help is sent when the line connects to 911; registering it costs a monthly fee.

    \b
    Example:
      ivr twilio setup
      ivr twilio setup --number +12025550100 --yes
      ivr twilio setup --customer-name "County Family Services" --street "1 Main St" \\
          --city Springfield --region NY --postal-code 10001
    """
    settings, script = _read(prompts)
    work.wanted(settings)  # raises for a missing setting before anything is requested
    whole = _address(address)
    account = Account.of(settings)
    line_number = find(account, number or script.line.agency.number)
    answers_texts = bool(script.line.answer_texts)
    plan = work.plan(account, settings, line_number, whole, answers_texts=answers_texts)
    _show(plan.number.number, plan.changes)
    if note := work.fallback_note(settings, plan):
        click.echo(note)
    if plan.changes and yes:
        done = work.carry_out(account, settings, plan)
        click.echo(f"{done.number} is set up. Check it: ivr twilio doctor")
    elif plan.changes:
        click.echo("Nothing is changed yet: add --yes to do it.")


@twilio.command()
@NUMBER
@YES
@prompts_option
def undo(number: str | None, prompts: Path | None, *, yes: bool) -> None:
    """Restore a number's settings from before it was set up.

    \b
    Example:
      ivr twilio undo
      ivr twilio undo --yes
    """
    settings, script = _read(prompts)
    account = Account.of(settings)
    plan = work.undoing(settings, find(account, number or script.line.agency.number))
    _show(plan.number.number, plan.changes)
    if yes:
        left = work.undo(account, settings, plan)
        click.echo(left or f"{plan.number.number} has its old settings again.")
    else:
        click.echo("Nothing is changed yet: add --yes to do it.")


@twilio.command()
@NUMBER
@prompts_option
def doctor(number: str | None, prompts: Path | None) -> None:
    """Check the account and the number, as `ivr doctor --online` does among all else.

    Changes nothing. Exits 1 if a row failed. Run it on the machine of the line: it stores there
    whether the emergency address is registered, which opens the bridge to 911 at the next
    `ivr reload`.

    \b
    Example:
      ivr twilio doctor
    """
    from ivr.doctor.check import CheckContext
    from ivr.doctor.table import run_carrier

    settings, script = _read(prompts)
    work.wanted(settings)
    Account.of(settings)  # raises if the settings name none
    context = CheckContext(settings, dt.datetime.now(dt.UTC), script, is_online=True)
    rows = list(run_carrier(context, number))
    print_rows(rows)
    exit_for(rows)


@twilio.command()
@output_option
@NUMBER
@prompts_option
def lifeboat(output: Path | None, number: str | None, prompts: Path | None) -> None:
    """Write the document that answers callers when this service cannot.

    Host it where this service's trouble does not reach: paste it into a TwiML Bin in your Twilio
    console, or put the file on any static host. Then set IVR_FALLBACK_URL to its URL, and set up
    again. It names no URL: it says 911, the hotline's number in every language, and connects.

    \b
    Example:
      ivr twilio lifeboat
      ivr twilio lifeboat -o lifeboat.xml
    """
    script = script_in(prompts)
    own = number or script.line.agency.number
    write_output(output, twiml.lifeboat(script, own).decode())
    if own is None:
        note = "the person it rings sees the caller's number, unless --number names the line's"
        click.echo(f"Note: {note}", err=True)


@twilio.command(name="test-emergency")
@click.argument("phone")
@NUMBER
@prompts_option
def test_emergency(phone: str, number: str | None, prompts: Path | None) -> None:
    """Ring PHONE and connect it to 933, which reads back what 911 would see. Never 911.

    \b
    Example:
      ivr twilio test-emergency +12025550143
    """
    from ivr.carrier.emergency import test_call

    settings, script = _read(prompts)
    account = Account.of(settings)
    line_number = find(account, number or script.line.agency.number)
    test_call(account, line_number, _phone(phone))
    click.echo(
        f"{phone} is being rung by {line_number.number}, and is then connected to 933.\n"
        f"Listen for:\n"
        f"  1. the number: it must be {line_number.number}\n"
        f"  2. the address: it must be the one you registered, street, town and state\n"
        f"If either is wrong, or nothing is read, set bridge: false in line.yaml, and ivr reload."
    )


def _read(prompts: Path | None) -> tuple[Settings, Script]:
    settings, script = opened(prompts)
    if script.line.carrier != "twilio":
        raise IvrError(
            f"the line's carrier is {script.line.carrier}, and `ivr twilio` works with Twilio only:"
            " docs/carriers.md lists what to set by hand"
        )
    return settings, script


def _address(parts: dict[str, str | None]) -> Address | None:
    if not any(parts.values()):
        return None
    missing = [f.name for f in fields(Address) if f.name in parts and not parts[f.name]]
    if missing:
        options = ", ".join("--" + name.replace("_", "-") for name in missing)
        raise click.UsageError(f"the address is not whole: add {options}")
    return Address(**{k: v for k, v in parts.items() if v})


def _phone(text: str) -> str:
    """Return a person's telephone number, E.164; short and emergency numbers are refused."""
    number = e164(text)
    if number is None:
        raise IvrError(f'"{text}" is no telephone number: write your own, as "+12025550143"')
    return number


def _show(number: str, changes: dict[str, tuple[str, str]]) -> None:
    if not changes:
        click.echo(f"{number} is as it should be.")
        return
    click.echo(number)
    for name, (before, after) in changes.items():
        click.echo(f"  {name.replace('_', ' ')}")
        click.echo(f"  - {before or '(nothing)'}")
        click.echo(f"  + {after or '(nothing)'}")
