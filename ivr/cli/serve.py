"""`ivr serve`: answer calls, with a production server (granian) and one process for each core.

Pages have a process of their own, of the lowest priority (ivr.cli.page_supervisor).

Workers never read the folder that an operator is editing. A script is copied (published) first, and
the copy is checked, so a half-written file or a reload of a broken script changes nothing.
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
from functools import partial
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts import publication
from ivr.alerts import Alerts
from ivr.atomic_file import make_private_folder
from ivr.checks.engine.result_cache import path_beside, report_once
from ivr.cli.options import prompts_option, settings_with
from ivr.database import engine as database
from ivr.errors import RecordsError, SettingsError
from ivr.problem import ScriptError
from ivr.settings import Settings, unread

log = logging.getLogger("ivr.serve")

THREADS = 16
"""Threads of a worker. At most 8 pass requests for pages on (ivr.web.page_proxy), calls have the
rest."""

RESPAWN_SECONDS = 2.0
"""How long a new worker may take to start before the old one is let go, at a reload."""


@click.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=5000, type=click.IntRange(1, 65535))
@click.option("--workers", type=click.IntRange(1, 64), help="Processes.  [default: one a core]")
@click.option("--demo", is_flag=True, help="No token needed; for this machine alone.")
@prompts_option
def serve(host: str, port: int, workers: int | None, prompts: Path | None, *, demo: bool) -> None:
    """Answer calls. Set TWILIO_AUTH_TOKEN and TWILIO_ACCOUNT_SID, or try it with --demo.

    `ivr reload` (or SIGHUP) reads the script again; a broken script is refused, with its
    problems in the log, and the one in use stays.

    \b
    Example:
      ivr serve --demo
      ivr serve --host 0.0.0.0 --port 8080 --prompts my-prompts
    """
    settings = replace(settings_with(prompts), demo=demo)
    if demo and (settings.auth_tokens or settings.account_sid):
        click.echo("The demo does not use the carrier account in the environment.")
    settings = settings.without_account() if demo else settings
    _refuse_unsafe(settings, host)
    _share_metrics()
    from ivr import logs

    logging.config.dictConfig(logs.config(plain=demo))
    for line in unread():
        log.warning("%s", line)
    _bring_records_forward(settings)
    _take_newest_revision(settings)
    with tempfile.TemporaryDirectory(prefix="ivr-") as room:
        published = Publisher(settings, Path(room))
        published.publish()
        _tell(host, port, demo=demo)
        _run(published, host, port, workers or _cores(), Path(room))


class Publisher:
    """Publishes the script: workers read a copy of it that has passed the checks."""

    def __init__(self, settings: Settings, room: Path) -> None:
        self.settings = settings
        self.room = room
        self.count = 0

    def publish(self) -> None:
        """Copy the script, check the copy, and point new workers to it.

        The copy is checked, so that nothing can change in between. A script that passed today with
        the same on-call calendar is not checked again. Raises ScriptError.
        """
        from ivr.checks.engine.report import load_report

        self.count += 1
        copy = self.room / str(self.count)
        folder = publication.folder_in_force(self.settings.state, self.settings.prompts)
        source = publication.source(self.settings.state, folder) if folder.is_dir() else folder
        if not source.is_dir():
            from ivr.script.load import load

            load(source)  # raises ScriptError
        shutil.copytree(source, copy, ignore=_all_but_the_script)
        now, state = dt.datetime.now(dt.UTC), self.settings.state
        clips, starts = self.settings.clips_in_use, self.count == 1
        report = report_once(copy, source, state, now, clips, starts=starts)
        path_beside(copy).write_bytes(report)
        if published := load_report(copy):
            for notice in published.notices:  # what callers hear though nobody has reviewed it
                log.warning("%s", notice)
        try:
            publication.note(state, folder, copy, _all_but_the_script)
        except OSError as e:
            log.error("who published the script cannot be noted: %s", e.strerror)  # noqa: TRY400
        settings = replace(self.settings, prompts=copy)
        os.environ.update(settings.to_env())  # noqa: TID251 workers read their settings there

    def publish_again(self) -> None:
        """Publish the script as it is now. A broken one is refused, and its problems are logged."""
        from ivr.checks.engine.report import delete_rejected, save_rejected

        try:
            self.publish()
        except ScriptError as e:
            log.error("the script was refused, the one in use stays:\n%s", e)  # noqa: TRY400 expected
            save_rejected(e.problems, self.settings.prompts, self.room, dt.datetime.now(dt.UTC))
            Alerts(self.settings).notify_sync(
                "script", "a new script was refused; the old one stays"
            )
        else:
            delete_rejected(self.room)
            log.info("the script was read again")


def pid_file(settings: Settings, port: int) -> Path:
    """Return where the line on a port keeps its process id, for `ivr reload`."""
    return settings.state / f"serve-{port}.pid"


def _run(published: Publisher, host: str, port: int, workers: int, room: Path) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    # Imported for the workers: where the system forks them, they share what is imported here.
    from ivr import logs
    from ivr.cli import connections, page_supervisor
    from ivr.web import worker

    def alert(kind: str, text: str) -> None:
        Alerts(published.settings).notify_sync(kind, text)

    pages = page_supervisor.PageSupervisor(room, alert)
    server = Granian(
        worker.__name__,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backlog=connections.CONNECTIONS,
        backpressure=connections.allow(),
        http1_settings=HTTP1Settings(
            header_read_timeout=connections.HEADER_SECONDS * 1000,
            max_buffer_size=connections.MAX_HEAD_BYTES,
        ),
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_SECONDS,
        workers_kill_timeout=10,
        websockets=False,
        log_dictconfig=logs.config(plain=published.settings.demo),
        pid_file=_writable_pid_file(published.settings, port),
    )
    server.on_reload(published.publish_again)
    if not page_supervisor.IS_AVAILABLE:
        server.serve(target_loader=worker.create, wrap_loader=False)
        return
    # The first process of the pages is started here, before the server forks its workers.
    pages.start()
    server.on_reload(pages.start)
    try:
        server.serve(target_loader=partial(worker.calls, pages.socket), wrap_loader=False)
    finally:
        pages.close()


def _writable_pid_file(settings: Settings, port: int) -> Path | None:
    """Return the file for the process id; None if IVR_STATE cannot be written: calls come first."""
    pid = pid_file(settings, port)
    try:
        make_private_folder(pid.parent)
        with tempfile.TemporaryFile(dir=pid.parent):
            return pid
    except OSError as e:
        log.error(  # noqa: TRY400 expected
            "IVR_STATE cannot be written (%s, %s): calls are answered, but `ivr reload` does not"
            " work, and records are lost; name a folder that this user may write",
            pid.parent,
            e.strerror,
        )
        return None


def _bring_records_forward(settings: Settings) -> None:
    """Migrate the records. A newer schema is refused; the line starts without a database, too."""
    engine = database.open_engine(settings)
    try:
        database.migrate(engine)
    except (SQLAlchemyError, OSError) as e:
        where, why = database.location(engine), database.reason(e)
        log.error("no records in %s now, calls are answered all the same: %s", where, why)  # noqa: TRY400


def _take_newest_revision(settings: Settings) -> None:
    """Use the newest published revision of the script; without a database, the copy in IVR_STATE.

    One that this server refuses is not used: the line starts with the one before it.
    """
    from ivr.editing.revision_publisher import take_newest

    try:
        take_newest(settings, database.Database(settings), dt.datetime.now(dt.UTC))
    except ScriptError as e:
        log.error("the newest revision was refused, the one before it is used:\n%s", e)  # noqa: TRY400
        text = "the newest revision of the script was refused here; the one before it is used"
        Alerts(settings).notify_sync("script", text)
    except (SQLAlchemyError, OSError, RecordsError) as e:
        why = str(e) if isinstance(e, RecordsError) else database.reason(e)
        log.warning("the newest revision cannot be looked up, the copy here is used: %s", why)


def _share_metrics() -> None:
    """Create the folder in which the processes of this line share their metrics.

    It must exist before the metrics library is imported. It is in memory if the system has such a
    folder: the counters are memory-mapped files, and writing to one on a full disk kills a process.
    """
    memory = Path("/dev/shm")  # noqa: S108 a new folder of our own in it
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
            raise SettingsError(f'--demo answers without a token, so not on "{host}": drop --host')
        return
    if variable := settings.missing_account:
        raise SettingsError(
            f"{variable} is not set: set it to your carrier account's,"
            " or try the line on this machine with --demo"
        )


def _tell(host: str, port: int, *, demo: bool) -> None:
    url = f"http://{host}:{port}"
    click.echo(f"The line is open at {url}/voice, its console at {url}/")
    if demo:
        click.echo(
            f"Call it from a browser: {url}/phone"
            f"   or a terminal: ivr call {url}/voice   (or: make call)"
        )


def _all_but_the_script(folder: str, names: list[str]) -> set[str]:
    endings = (".yaml", ".ics")
    return {n for n in names if not n.endswith(endings) and not (Path(folder) / n).is_dir()}
