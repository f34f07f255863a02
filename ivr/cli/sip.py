"""`ivr sip`: the line on a PBX, as an extension of it or at the end of a trunk."""

import asyncio
import logging
import logging.config
import os
import sys
from pathlib import Path
from typing import Any

import click

from ivr.errors import SipError, require
from ivr.settings import Settings


@click.command()
@click.option("--account", help="The line's extension, as sip:201@pbx.example.org.")
@click.option("--listen", help="Where calls come in, as 127.0.0.1:5060; by itself: from a trunk.")
@click.option("--user", default="ivr", show_default=True, help="What the trunk dials here.")
@click.option("--app", default="http://127.0.0.1:5000/voice", show_default=True, help="The line.")
@click.option("--dial", help="How numbers are dialled.  [default: sip:{digits}@ the PBX]")
@click.option(
    "--transfer",
    default="bridge",
    show_default=True,
    type=click.Choice(["bridge", "refer"]),
    help="Whether sound goes through here, or the PBX takes the caller over.",
)
@click.option("--emergency", help="The PBX's route to 911.  [default: 911 is not dialled]")
@click.option("--number", help="The line's own number, which who is rung sees.")
@click.option(
    "--calls", default=50, show_default=True, type=click.IntRange(1, 1000), help="At once."
)
@click.option("--srtp", is_flag=True, help="Take and make calls with encrypted sound alone.")
@click.option("--certificate", type=click.Path(path_type=Path), help="PEM, to listen with TLS.")
@click.option("--ca", type=click.Path(path_type=Path), help="PEM, to know the PBX by with TLS.")
@click.option("--lifeboat", type=click.Path(path_type=Path), help="Heard when the line fails.")
@click.option("--recordings", default=5080, show_default=True, help="Port on this machine.")
@click.option("--keep-days", default=365, show_default=True, help="Of recordings, at most.")
@click.option("--from", "peers", multiple=True, help="A trunk's address; several times.")
@click.option("--trace", is_flag=True, help="Log every SIP message, numbers and all.")
def sip(**told: Any) -> None:  # noqa: ANN401 click's options
    """Put the line on a PBX: calls come in by SIP, and are answered by the line at --app.

    With --account it registers as an extension, and takes calls from that PBX alone. With
    --listen alone it takes a trunk's calls: from this machine, or from the addresses --from.
    IVR_SIP_PASSWORD is what it gives when the PBX asks. SIGTERM lets calls end first.

    \b
    Example:
      ivr sip --account sip:201@pbx.example.org --number +12025550100
      ivr sip --listen 127.0.0.1:5060 --dial sip:{digits}@127.0.0.1:5070 --number +12025550100
    """
    require("sip")
    from ivr import logs
    from ivr.sip.service import Service

    setup = _setup(told, Settings.from_env())
    if not setup.trace:
        _keep_the_log_clean()
    logging.config.dictConfig(logs.config(plain=False))
    # What the library logs has callers' numbers in it.
    logging.getLogger("baresip").setLevel(logging.DEBUG if setup.trace else logging.CRITICAL)
    asyncio.run(_run(Service, setup, told["lifeboat"]))


def _keep_the_log_clean() -> None:
    """Keep what is ours in the log: the SIP library writes there itself, whatever the wire brings.

    It does so past Python, to the process's own standard error.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


async def _run(service: Any, setup: Any, lifeboat: Path | None) -> None:  # noqa: ANN401 late imports
    await service(setup).run(lifeboat, lambda: _tell(setup))


def _setup(told: dict[str, Any], settings: Settings) -> Any:  # noqa: ANN401 a late import
    from ivr.sip import config as s
    from ivr.sip.source_filter import networks

    account, listen = told["account"], told["listen"]
    if not account and not listen:
        raise click.UsageError("say where calls come from: --account sip:… or --listen HOST:PORT")
    if account:
        identity = s.identity(account)
        host, port = s.listening(listen) if listen else (s.address_towards(identity.domain), 0)
    else:
        host, port = s.listening(listen)
        identity = s.Identity(told["user"], host)
    if not account and not told["dial"]:
        raise click.UsageError("say how to reach people: --dial sip:{digits}@pbx.example.org")
    if not told["number"]:
        raise click.UsageError(
            "say the line's own number, for whom it rings: --number +12025550100"
        )
    peers = networks(told["peers"])
    if not (account or peers or s.is_loopback(host)):
        raise SipError(
            f"anybody could call the line at {host}: name the PBX's addresses, as --from 192.0.2.10"
        )
    by = "" if identity.transport == "udp" else f";transport={identity.transport}"
    dial = told["dial"] or f"sip:{{digits}}@{identity.domain}{by}"
    emergency = told["emergency"] or ""
    return s.Setup(
        app=s.app_url(told["app"]),
        identity=identity,
        dialling=s.Dialling(
            s.pattern("--dial", dial, number=True),
            s.pattern("--emergency", emergency, number=False) if emergency else "",
            refer=told["transfer"] == "refer",
        ),
        host=host,
        port=port,
        state=settings.state,
        registers=bool(account),
        peers=peers,
        password=settings.sip_password,
        calls=told["calls"],
        number=s.own_number(told["number"]),
        srtp=told["srtp"],
        certificate=told["certificate"],
        authorities=told["ca"],
        token=settings.auth_tokens[0] if settings.auth_tokens else None,
        account_sid=settings.account_sid,
        fallback=settings.fallback_url,
        recordings_port=told["recordings"],
        keep_days=told["keep_days"],
        trace=told["trace"],
    )


def _tell(setup: Any) -> None:  # noqa: ANN401 a late import
    who = setup.identity
    where = f"at {setup.host}:{setup.port}" if setup.port else f"from {setup.host}"
    click.echo(f"The line is open as sip:{who.user}@{who.domain} {where}, answered by {setup.app}")
    click.echo(f"Numbers are dialled as {setup.dialling.pattern}")
    emergency = setup.dialling.emergency
    nowhere = "911 goes nowhere: 911 is not dialled from here (--emergency)"
    click.echo(f"911 is dialled as {emergency}" if emergency else nowhere)
