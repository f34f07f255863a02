"""`ivr user`: the operators who may sign in to the console."""

import datetime as dt
import sys
import unicodedata

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivr.accounts import audit_log, operators, sessions
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
      ivr user sessions
    """


@user.command()
@click.argument("name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(["listen", "edit", "publish", "admin"]),
    help="What NAME may do; several times for several roles.",
)
def add(name: str, roles: tuple[str, ...]) -> None:
    """Add the operator NAME, or give an existing one a new password, which ends their sessions.

    The command asks for the password. In a script, it reads the first line of standard input.
    `listen`: hear messages, call back and delete them. `edit`: change the draft of the script.
    `publish`: approve drafts, and change what callers hear. `admin`: all of it, and the users.
    Without --role, an existing operator keeps their roles; the first operator is an admin, and
    others may listen.

    \b
    Example:
      ivr user add maria
      ivr user add ann --role listen --role publish
    """
    engine, by = Database(Settings.from_env()).engine, audit_log.of_command_line()
    is_new = operators.add(engine, name, _password(), roles or None, by=by)
    click.echo(f"{name} can sign in." if is_new else f"{name} has a new password.")


@user.command()
@click.argument("name")
def reset(name: str) -> None:
    """Let the operator NAME sign in by password alone: their second factor is lost.

    Their sessions end at once.

    \b
    Example:
      ivr user reset maria
    """
    engine = Database(Settings.from_env()).engine
    operators.remove_second_factor(engine, name, audit_log.of_command_line())
    click.echo(f"{name} can sign in by password alone.")


@user.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the operator NAME; their sessions end at once.

    \b
    Example:
      ivr user remove maria
    """
    operators.remove(Database(Settings.from_env()).engine, name, audit_log.of_command_line())
    click.echo(f"{name} can no longer sign in.")


@user.command(name="list")
def list_() -> None:
    """List the operators who may sign in.

    \b
    Example:
      ivr user list
    """
    accounts = operators.listed(Database(Settings.from_env()).engine)
    if not accounts:
        click.echo("Nobody can sign in yet: ivr user add NAME")
        return
    table = Table("name", "roles", "second factor", "since")
    for operator in accounts:
        roles = ", ".join(role for role in operators.ROLES if role in operator.roles)
        factor = "yes" if operator.second_factor else "no"
        table.add_row(escape(operator.name), roles, factor, f"{operator.created:%Y-%m-%d}")
    Console(emoji=False).print(table)


@user.command(name="sessions")
@click.argument("name", required=False)
def list_sessions(name: str | None) -> None:
    """List where operators, or the operator NAME, are signed in to the console.

    \b
    Example:
      ivr user sessions
      ivr user sessions maria
    """
    with Database(Settings.from_env()).reading() as connection:
        listed = sessions.listed(connection, dt.datetime.now(dt.UTC), None)
    listed = [s for s in listed if name in (None, s.operator.name)]
    if not listed:
        click.echo("Nobody is signed in." if name is None else f"{name} is not signed in.")
        return
    table = Table("name", "browser", "signed in", "last used")
    for s in listed:
        moments = (f"{m:%Y-%m-%d %H:%M} UTC" for m in (s.created, s.last_used))
        table.add_row(escape(s.operator.name), escape(s.browser), *moments)
    Console(emoji=False).print(table)


@user.command(name="sign-out")
@click.argument("name")
def sign_out(name: str) -> None:
    """End all sessions of the operator NAME at once, in every browser.

    \b
    Example:
      ivr user sign-out maria
    """
    database = Database(Settings.from_env())
    with database.writing() as connection:
        ended = sessions.end_all(connection, operators.get(connection, name).id)
    click.echo(f"{ended} sessions of {name} have ended.")


def _password() -> str:
    """Ask twice at a terminal, without showing it; read one line from anything else."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    line = sys.stdin.buffer.readline() if hasattr(sys.stdin, "buffer") else b""
    try:
        password = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise SettingsError("the password is not UTF-8: save its file as UTF-8 text") from None
    if not password:
        raise SettingsError("the first line of standard input has no password")
    if any(unicodedata.category(character) == "Cc" for character in password):
        raise SettingsError(
            "the password has a character that nobody can type: save its file as UTF-8 text"
        )
    return password
