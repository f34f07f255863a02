"""`ivr user`: the operators who may sign in to the console."""

import sys

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivr.accounts import operators
from ivr.database.engine import Database
from ivr.errors import SettingsError
from ivr.settings import Settings


@click.group()
def user() -> None:
    """Add, remove and list the operators who may sign in to the console.

    \b
    Example:
      ivr user add maria
      ivr user add maria < password.txt
      ivr user list
    """


@user.command()
@click.argument("name")
def add(name: str) -> None:
    """Add the operator NAME, or give an existing one a new password, which ends their sessions.

    The command asks for the password. In a script, it reads the first line of standard input.

    \b
    Example:
      ivr user add maria
    """
    is_new = operators.add(Database(Settings.from_env()).engine, name, _password())
    click.echo(f"{name} can sign in." if is_new else f"{name} has a new password.")


@user.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the operator NAME; their sessions end at once.

    \b
    Example:
      ivr user remove maria
    """
    operators.remove(Database(Settings.from_env()).engine, name)
    click.echo(f"{name} can no longer sign in.")


@user.command(name="list")
def list_() -> None:
    """List the operators who may sign in.

    \b
    Example:
      ivr user list
    """
    accounts = operators.names(Database(Settings.from_env()).engine)
    if not accounts:
        click.echo("Nobody can sign in yet: ivr user add NAME")
        return
    table = Table("name", "since")
    for name, created in accounts:
        table.add_row(escape(name), f"{created:%Y-%m-%d}")
    Console(emoji=False).print(table)


def _password() -> str:
    """Ask twice at a terminal, without showing it; read one line from anything else."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise SettingsError("the first line of standard input has no password")
    return password
