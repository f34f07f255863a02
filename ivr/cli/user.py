"""`ivr user`: manage who may sign in to the console."""

import sys

import click
from rich.console import Console
from rich.table import Table

from ivr.errors import SettingsError
from ivr.settings import Settings


@click.group()
def user() -> None:
    """Manage who may sign in to the console: add, remove, list.

    \b
    Example:
      ivr user add maria
      ivr user add maria < password.txt
      ivr user list
    """


@user.command()
@click.argument("name")
def add(name: str) -> None:
    """Add the operator NAME, or set a new password, which ends their sessions.

    At a terminal it asks for the password; otherwise it reads the first line of standard input.

    \b
    Example:
      ivr user add maria
    """
    from ivr.accounts import operators
    from ivr.database.engine import opened

    engine = opened(Settings.from_env())
    is_new = operators.add(engine, name, _password())
    click.echo(f"{name} can sign in." if is_new else f"{name} has a new password.")


@user.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the operator NAME; their sessions end at once.

    \b
    Example:
      ivr user remove maria
    """
    from ivr.accounts import operators
    from ivr.database.engine import opened

    operators.remove(opened(Settings.from_env()), name)
    click.echo(f"{name} can no longer sign in.")


@user.command(name="list")
def list_() -> None:
    """Show who may sign in.

    \b
    Example:
      ivr user list
    """
    from ivr.accounts import operators
    from ivr.database.engine import opened

    operators_since = operators.names(opened(Settings.from_env()))
    if not operators_since:
        click.echo("Nobody can sign in yet: ivr user add NAME")
        return
    table = Table("name", "since")
    for name, since in operators_since:
        table.add_row(name, f"{since:%Y-%m-%d}")
    Console().print(table)


def _password() -> str:
    """Ask twice at a terminal, without showing it; otherwise read one line."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise SettingsError("the first line of standard input has no password")
    return password
