"""`ivr sip`: the line on a PBX, as an extension or behind a trunk."""

import asyncio
import logging
import logging.config
import os
import sys
from typing import Any

import click

from ivr.cli.options import PATH
from ivr.errors import SipError, require
from ivr.settings import Settings


@click.command()
@click.option("--account", help="The line's extension, as sip:201@pbx.example.org.")
@click.option(
    "--listen", help="Address for calls, as 127.0.0.1:5060; without --account: from a trunk."
)
@click.option("--user", default="ivr", help="The SIP user that the trunk dials.")
@click.option("--app", default="http://127.0.0.1:5000/voice", help="URL of the line.")
@click.option("--dial", help="SIP address for a number.  [default: sip:{digits}@ the PBX]")
@click.option(
    "--transfer",
    default="bridge",
    type=click.Choice(["bridge", "refer"]),
    help="Connect callers through this process, or let the PBX do it.",
)
@click.option("--proxy", help="SIP address of an outbound proxy on the way to the PBX.")
@click.option(
    "--keys",
    default="digits",
    type=click.Choice(["digits", "all"]),
    help="Keys of a connected caller that are passed on; all: * and #, too.",
)
@click.option(
    "--no-sound",
    default=20,
    type=click.IntRange(5, 3600),
    help="Seconds without sound of one side after which a transfer ends.",
)
@click.option("--inband", is_flag=True, help="Take keys as tones in the sound, too.")
@click.option("--emergency", help="The PBX's route to 911.  [default: 911 is not dialled]")
@click.option("--number", help="The line's own number, which the called person sees.")
@click.option("--calls", default=50, type=click.IntRange(1, 1000), help="Calls at once.")
@click.option("--srtp", is_flag=True, help="Only calls with encrypted sound.")
@click.option("--certificate", type=PATH, help="PEM file, to listen with TLS.")
@click.option("--ca", "authorities", type=PATH, help="PEM file, to verify the PBX with TLS.")
@click.option("--lifeboat", type=PATH, help="TwiML for callers if the line fails.")
@click.option(
    "--recordings", "recordings_port", default=5080, help="Local port that serves recordings."
)
@click.option("--keep-days", default=365, help="Days to keep recordings.")
@click.option(
    "--quota", default=1000, type=click.IntRange(1), help="Megabytes of recordings, at the most."
)
@click.option("--from", "peers", multiple=True, help="Address of the trunk; may be repeated.")
@click.option("--trace", is_flag=True, help="Log every SIP message, with numbers.")
def sip(**options: Any) -> None:  # noqa: ANN401 click passes them by name
    """Put the line on a PBX: calls come in by SIP, and are answered by the line at --app.

    With --account it registers as an extension, and takes calls from that PBX only. With --listen
    and no --account it takes a trunk's calls, from this machine or from the addresses of --from.
    IVR_SIP_PASSWORD is its password at the PBX. On SIGTERM it waits for calls to end.

    \b
    Example:
      ivr sip --account sip:201@pbx.example.org --number +12025550100
      ivr sip --listen 127.0.0.1:5060 --dial sip:{digits}@127.0.0.1:5070 --number +12025550100
    """
    require("sip")
    from ivr import logs
    from ivr.sip.service import Service

    setup = _setup(options, Settings.from_env())
    if not setup.trace:
        _silence_native_log()
    logging.config.dictConfig(logs.config(plain=False))
    # The library logs callers' numbers.
    logging.getLogger("baresip").setLevel(logging.DEBUG if setup.trace else logging.CRITICAL)
    asyncio.run(Service(setup).run(options["lifeboat"], lambda: _announce(setup)))


def _silence_native_log() -> None:
    """Keep the SIP library's own output out of the log: it contains data from the network.

    The library writes to file descriptor 2, not to Python's sys.stderr, so the two are separated.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _setup(options: dict[str, Any], settings: Settings) -> Any:  # noqa: ANN401 a late import
    from ivr.sip import config as s
    from ivr.sip.source_filter import networks

    account, listen = options["account"], options["listen"]
    _require_all(options)
    if account:
        identity = s.identity(account)
        host, port = (
            s.listening(listen) if listen else (s.address_towards(identity.domain), s.LOCAL_PORT)
        )
    else:
        host, port = s.listening(listen)
        identity = s.Identity(options["user"], s.in_uri(host))
    peers = networks(options["peers"])
    if not (account or peers or s.is_loopback(host)):
        raise SipError(
            f"anybody could call the line at {host}: give the PBX's addresses, as --from 192.0.2.10"
        )
    by = "" if identity.transport == "udp" else f";transport={identity.transport}"
    dial = options["dial"] or f"sip:{{digits}}@{identity.domain}{by}"
    emergency = options["emergency"] or ""
    return s.Setup(
        app=s.app_url(options["app"]),
        identity=identity,
        dial_plan=s.DialPlan(
            s.pattern("--dial", dial, number=True),
            s.pattern("--emergency", emergency, number=False) if emergency else "",
            refer=options["transfer"] == "refer",
            keys=s.ALL_KEYS if options["keys"] == "all" else s.DIGITS,
            no_sound=options["no_sound"],
        ),
        host=host,
        port=port,
        state=settings.state,
        registers=bool(account),
        peers=peers,
        password=settings.sip_password,
        proxy=s.proxy(options["proxy"]) if options["proxy"] else "",
        number=s.own_number(options["number"]),
        token=settings.auth_tokens[0] if settings.auth_tokens else None,
        account_sid=settings.account_sid,
        fallback=settings.fallback_url,
        quota=options["quota"] * 10**6,
        **{name: options[name] for name in _AS_GIVEN},
    )


_AS_GIVEN = (
    *("calls", "srtp", "certificate", "authorities", "recordings_port", "keep_days", "inband"),
    "trace",
)
"""The options that are values of `Setup` as they are."""


def _require_all(options: dict[str, Any]) -> None:
    """Raise click.UsageError, which names every option that is missing."""
    missing = []
    if not options["account"]:
        if not options["listen"]:
            missing.append("--account sip:… or --listen HOST:PORT: where do calls come from?")
        if not options["dial"]:
            missing.append("--dial sip:{digits}@pbx.example.org: how are people reached?")
    if not options["number"]:
        missing.append("--number +12025550100: the line's own number, which called people see")
    if missing:
        raise click.UsageError(
            "\n  ".join(["give", *missing]) if missing[1:] else f"give {missing[0]}"
        )


def _announce(setup: Any) -> None:  # noqa: ANN401 a late import
    from ivr.sip.config import in_uri

    who = setup.identity
    where = f"{in_uri(setup.host)}:{setup.port}"
    click.echo(
        f"The line is open as sip:{who.user}@{who.domain} at {where}, answered by {setup.app}"
    )
    click.echo(f"Numbers are dialled as {setup.dial_plan.pattern}")
    emergency = setup.dial_plan.emergency
    nowhere = "911 is not dialled: the PBX's route to it is not set (--emergency)"
    click.echo(f"911 is dialled as {emergency}" if emergency else nowhere)
