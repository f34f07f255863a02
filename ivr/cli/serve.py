"""`ivr serve`: answers calls with a production server (granian), one process for each core.

Workers never read the folder that an operator edits. They read a copy that has passed the checks
(the published script), so a half-written or broken script changes nothing on the line.
"""

import atexit
import datetime as dt
import ipaddress
import logging
import logging.config
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ivr.alerts import Alerts
from ivr.checks.engine.result_cache import beside, keep_stamped, stamp, stamped
from ivr.cli.options import prompts_option, settings_with
from ivr.database import engine as database
from ivr.errors import SettingsError
from ivr.problem import ScriptError
from ivr.settings import Settings

log = logging.getLogger("ivr.serve")

THREADS = 8
"""Threads of a worker; a few are enough, since an answer is computed without waiting."""

RESPAWN_SECONDS = 2.0
"""Seconds that a new worker may take to start, at a reload, before the old one is stopped."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes.  [default: one for each core]"
)
@click.option("--demo", is_flag=True, help="Needs no token; on this machine only.")
@prompts_option
def serve(host: str, port: int, workers: int | None, prompts: Path | None, *, demo: bool) -> None:
    """Answer calls. Set TWILIO_AUTH_TOKEN and TWILIO_ACCOUNT_SID, or try it with --demo.

    `ivr reload` (or SIGHUP) loads the script again. A broken script is refused, its problems are
    logged, and the current one stays in use.

    \b
    Example:
      ivr serve --demo
      ivr serve --host 0.0.0.0 --port 8080 --prompts my-prompts
    """
    settings = replace(settings_with(prompts), demo=demo)
    _refuse_unsafe(settings, host)
    _share_metrics()
    from ivr import logs

    logging.config.dictConfig(logs.config(plain=demo))
    _migrate_records(settings)
    with tempfile.TemporaryDirectory(prefix="ivr-") as folder:
        published = Publisher(settings, Path(folder))
        published.publish()
        _announce(host, port, demo=demo)
        _run(published, host, port, workers or _cores())


class Publisher:
    """Publishes checked copies of the script, and tells workers where the newest is."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.count = 0

    def publish(self) -> None:
        """Copy the script, check the copy, and point new workers to it.

        The copy is checked, so that nothing can change in between. The checks are skipped if the
        same script and calendar already passed today. Raises ScriptError.
        """
        self.count += 1
        copy = self.folder / str(self.count)
        source = self.settings.prompts
        if not source.is_dir():
            from ivr.script.load import load

            load(source)  # raises the error that names the folder
        shutil.copytree(source, copy, ignore=_all_but_the_script)
        now, state = dt.datetime.now(dt.UTC), self.settings.state
        result_bytes = stamped(state, stamp(copy, now.date(), state))
        if result_bytes is None:
            result_bytes = _proved(copy, source, state, now)
            # The calendar may have been fetched meanwhile.
            keep_stamped(state, stamp(copy, now.date(), state), result_bytes)
        else:
            beside(copy).write_bytes(result_bytes)
        settings = replace(self.settings, prompts=copy)
        os.environ.update(settings.to_env())  # noqa: TID251 workers read their settings from it

    def publish_again(self) -> None:
        """Publish the script as it is now; a broken one is refused, and its problems logged."""
        try:
            self.publish()
        except ScriptError as e:
            from ivr.checks.engine.report import keep_refused

            log.error("the script was refused, the one in use stays:\n%s", e)  # noqa: TRY400 expected
            keep_refused(e.problems, self.settings.prompts, self.folder)
            Alerts(self.settings).tell_now("script", "a new script was refused; the old one stays")
        else:
            from ivr.checks.engine.report import forget_refused

            forget_refused(self.folder)
            log.info("the script was read again")


def _proved(copy: Path, source: Path, state: Path, now: dt.datetime) -> bytes:
    """Check a copy, store the result beside it, and return that. Raises ScriptError."""
    from ivr.checks.engine.registry import sound
    from ivr.checks.engine.report import keep, result

    try:
        script, warnings = sound(copy, now.date(), state)
    except ScriptError as e:
        raise e.seen_from(copy, source) from None
    seen = [replace(p, path=p.path.replace(str(copy), str(source))) for p in warnings]
    for problem in seen:
        if problem.level == "error":
            log.error("%s", problem)
    return keep(result(script, seen, source, now), copy)


def pid_file(settings: Settings, port: int) -> Path:
    """Return the file with the process id of the line on a port, for `ivr reload`."""
    return settings.state / f"serve-{port}.pid"


def _run(published: Publisher, host: str, port: int, workers: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    # Imported for its side effect: workers fork from this process and share its modules.
    from ivr import logs
    from ivr.web import worker  # noqa: F401

    pid = pid_file(published.settings, port)
    pid.parent.mkdir(parents=True, exist_ok=True)
    server = Granian(
        "ivr.web.worker:create",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        factory=True,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_SECONDS,
        workers_kill_timeout=10,
        websockets=False,
        log_dictconfig=logs.config(plain=published.settings.demo),
        pid_file=pid,
    )
    server.on_reload(published.publish_again)
    server.serve()


def _migrate_records(settings: Settings) -> None:
    """Migrate the records. A newer schema is refused; without a database the line still starts."""
    engine = database.open_engine(settings)
    try:
        database.migrate(engine)
    except (SQLAlchemyError, OSError) as e:
        where, why = database.shown(engine), database.reason(e)
        log.error("no records in %s, calls are answered without them: %s", where, why)  # noqa: TRY400


def _share_metrics() -> None:
    """Let the processes of this line share their counters; before the metrics library is imported.

    The counters are mapped files, in memory if possible: writing to one on a full disk would kill
    the process.
    """
    memory = Path("/dev/shm")  # noqa: S108 we make a new folder in it
    folder = tempfile.TemporaryDirectory(
        prefix="ivr-metrics-", dir=memory if os.access(memory, os.W_OK) else None
    )
    atexit.register(folder.cleanup)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder.name  # noqa: TID251 the library's own variable


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _refuse_unsafe(settings: Settings, host: str) -> None:
    if settings.demo:
        try:
            loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise SettingsError(
                f'--demo answers without a token, so it cannot listen on "{host}": leave out --host'
            )
        return
    for variable, value in (
        ("TWILIO_AUTH_TOKEN", settings.auth_tokens),
        ("TWILIO_ACCOUNT_SID", settings.account_sid),
    ):
        if not value:
            raise SettingsError(
                f"{variable} is not set: set it to the value of your carrier account,"
                " or try the line on this machine with --demo"
            )


def _announce(host: str, port: int, *, demo: bool) -> None:
    url = f"http://{host}:{port}"
    click.echo(f"The line is open at {url}/voice, its console at {url}/")
    if demo:
        click.echo(
            f"Call it from a browser: {url}/phone"
            f"   or a terminal: ivr call {url}/voice   (or: make call)"
        )


def _all_but_the_script(folder: str, names: list[str]) -> set[str]:
    suffixes = (".yaml", ".ics")
    return {n for n in names if not n.endswith(suffixes) and not (Path(folder) / n).is_dir()}
