"""The part of the application that answers calls: no page, and nothing that only pages need.

The script is loaded once and never changes while the process runs.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Flask, Response, request

from ivr.alerts import Alerts
from ivr.background import PeriodicWorker
from ivr.carrier.emergency import apply_emergency_gate
from ivr.checks.engine.report import CheckReport, load_report
from ivr.checks.staffing import report_new_calendar
from ivr.database.engine import Database
from ivr.errors import SettingsError
from ivr.local_time import utcnow
from ivr.schedule.current import CurrentDuty
from ivr.script.load import load
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.speech.clips import Clips
from ivr.voicemail.recording_cleanup import RecordingCleanup
from ivr.web import layout
from ivr.web.audio import AudioFiles
from ivr.web.health import HealthChecks
from ivr.web.page_proxy import PageProxy
from ivr.web.paths import PublicPath, is_of_call
from ivr.web.recording.menu import RecordingMenu
from ivr.web.texts import TextAnswers
from ivr.web.voice.call_limits import CallLimits
from ivr.web.voice.carrier_actions import CarrierActions
from ivr.web.voice.fast_path import FastPath
from ivr.web.voice.signature import signature_of
from ivr.web.voice.telemetry import CallTelemetry
from ivr.web.voice.webhook_form import WebhookRequest
from ivr.web.voice.webhooks import VoiceWebhooks
from ivr.web.waits import Waits

log = logging.getLogger("ivr.web")

MAX_FORM_BYTES = 1_000_000
"""Largest form that is read, in bytes. A carrier's is about 2 kB."""


@dataclass(frozen=True)
class Services:
    """What works behind the calls of one application. `ivr.web.worker` starts it."""

    script: Script
    settings: Settings
    report: CheckReport | None
    clips: Clips
    telemetry: CallTelemetry
    duty: CurrentDuty
    recording_cleanup: RecordingCleanup

    @property
    def workers(self) -> tuple[PeriodicWorker, ...]:
        """The supervised workers of a process."""
        voicemail, cleanup = self.telemetry.voicemail.worker, self.recording_cleanup.worker
        alerts, recorder = self.telemetry.alerts.worker, self.telemetry.recorder.worker
        return (*self.duty.workers, voicemail, cleanup, alerts, recorder)


class Application(Flask):
    """The service as a WSGI application, with what works behind it."""

    services: Services
    webhooks: VoiceWebhooks
    request_class = WebhookRequest


def create_calls(
    pages: Path,
    settings: Settings | None = None,
    clock: Callable[[], dt.datetime] = utcnow,
    waits: Waits = Waits(),
) -> Application:
    """Return the application that answers calls, and hands all else to the process of the pages.

    `pages` is the socket of that process. Raises as `answer_calls` does.
    """
    settings = settings or Settings.from_env()
    proxy = PageProxy(pages, waits.pages, settings.public_url)
    app = answer_calls(settings, clock, waits, lambda: proxy.trouble)
    layout.install_headers(app, app.services.settings)
    app.wsgi_app = PublicPath(app.wsgi_app, settings.public_url)  # type: ignore[assignment]
    app.wsgi_app = proxy.in_front_of(app.wsgi_app)  # type: ignore[assignment]
    return with_fast_path(app)


def answer_calls(
    settings: Settings,
    clock: Callable[[], dt.datetime],
    waits: Waits,
    trouble_of_pages: Callable[[], str] | None = None,
    clips: Clips | None = None,
) -> Application:
    """Return an application with the routes of the carrier and of monitors.

    `clips` are those of the settings, unless given.

    Raises ScriptError if the phone script has problems, since a line that could fail a caller must
    not start, and SettingsError if there is no token to tell the carrier from anybody else.
    """
    settings = settings.without_account() if settings.demo else settings
    if not settings.auth_tokens and not settings.demo:
        raise SettingsError(
            "TWILIO_AUTH_TOKEN is not set, so nothing tells the carrier from anybody else:"
            " set it, or try the line on this machine with `ivr serve --demo`"
        )
    script = apply_emergency_gate(load(settings.prompts), settings)
    # Calls and pages share no connections, so that neither can use up the other's.
    database, alerts = Database(settings), Alerts(settings)
    on_new_calendar = partial(report_new_calendar, script, alerts.notify)
    duty = CurrentDuty(
        script.schedule, settings, database, alerts.notify, on_new_calendar, waits.duty
    )
    telemetry = CallTelemetry(script, settings, database, alerts, clock, duty)
    cleanup = RecordingCleanup(
        script.line, settings, database, alerts.notify, clock, poll_seconds=waits.cleanup
    )
    clips = clips or Clips(settings.clips_in_use)
    report = load_report(settings.prompts)
    limits = CallLimits(script, telemetry.digest, database, alerts, clock, waits.database)
    actions = CarrierActions(script, settings, limits, clock, waits)
    app = Application(__name__)
    app.services = Services(script, settings, report, clips, telemetry, duty, cleanup)
    app.webhooks = VoiceWebhooks(settings, telemetry, clock, duty, clips, actions)
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    _add_routes(app, waits, trouble_of_pages)
    return app


def _add_routes(app: Application, waits: Waits, trouble_of_pages: Callable[[], str] | None) -> None:
    services, webhooks = app.services, app.webhooks
    settings, report = services.settings, services.report
    recorded = services.script.line.recorded_languages
    recorder = services.telemetry.recorder
    parts = (
        webhooks,
        AudioFiles(services.clips),
        HealthChecks(settings, recorder, services.workers, trouble_of_pages),
        RecordingMenu(
            webhooks,
            settings,
            report.words_for_clips(recorded) if report else {},
            services.recording_cleanup,
            waits,
        ),
        TextAnswers(webhooks),
    )
    for part in parts:
        app.register_blueprint(part.blueprint())

    @app.errorhandler(500)
    def internal_error(error: Exception) -> Response:
        """Answer a failure outside all blueprints: with the lifeboat if a caller waits."""
        if is_of_call(request.path) and request.path.startswith("/voice"):
            return webhooks.lifeboat(error)
        log.error("unexpected error", exc_info=error)
        return Response("something went wrong\n", 500, content_type="text/plain")


def with_fast_path(app: Application) -> Application:
    """Let webhooks of calls be answered in front of Flask, unless the settings say otherwise."""
    settings = app.services.settings
    signature = signature_of(settings, app.services.script.line.carrier)
    if settings.fast_path and not settings.demo and signature is not None:
        fast_path = FastPath(app.wsgi_app, app.webhooks, signature)
        app.wsgi_app = fast_path  # type: ignore[assignment] # Flask: middleware is put here
    return app
