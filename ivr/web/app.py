"""The application factory. The script is loaded once and never changes while the process runs."""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from flask import Flask, Response, request

from ivr.alerts import Alerts
from ivr.background import PeriodicWorker
from ivr.carrier.emergency import apply_emergency_gate
from ivr.checks.engine.report import load_report
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
from ivr.web import errors, layout
from ivr.web.assistant.certificates import Certificates
from ivr.web.assistant.endpoint import AlexaEndpoint
from ivr.web.assistant.telemetry import SessionTelemetry
from ivr.web.audio import AudioFiles
from ivr.web.auth import Auth
from ivr.web.health import HealthChecks
from ivr.web.page_limit import PageLimit
from ivr.web.pages.account import AccountPages
from ivr.web.pages.audit import AuditPages
from ivr.web.pages.call_graph import CallGraphPages
from ivr.web.pages.clips import ClipPages
from ivr.web.pages.dashboard import DashboardPages
from ivr.web.pages.override import OverridePage
from ivr.web.pages.protection import ProtectionPages
from ivr.web.pages.publishing import PublishingPages
from ivr.web.pages.reports import ReportPages
from ivr.web.pages.sessions import SessionPages
from ivr.web.pages.transcript import TranscriptPages
from ivr.web.pages.users import UserPages
from ivr.web.pages.voicemail import VoicemailPages
from ivr.web.phone.views import BrowserPhone
from ivr.web.public_path import PublicPath
from ivr.web.recording.menu import RecordingMenu
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
    request_class = WebhookRequest


def create_app(
    settings: Settings | None = None,
    clock: Callable[[], dt.datetime] = utcnow,
    waits: Waits = Waits(),
    certificates: Certificates | None = None,
) -> Application:
    """Return the service as a WSGI application, with the settings of the environment by default.

    `clock` returns the moment (aware) by which the agency is open or closed; `waits` says how long
    the line waits for others; `certificates` are Alexa's, by default fetched from Amazon.

    Raises ScriptError if the phone script has problems, since a line that could fail a caller must
    not start, and SettingsError if there is no token to tell the carrier from anybody else.
    """
    settings = settings or Settings.from_env()
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
    services = Services(script, telemetry, duty, cleanup)
    clips = Clips(settings.clips if settings.audio else None)
    limits = CallLimits(script, telemetry.digest, database, alerts, clock)
    actions = CarrierActions(script, settings, limits, clock, waits)
    webhooks = VoiceWebhooks(settings, telemetry, clock, duty, clips, actions)
    app = Application(__name__)
    app.services = services
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    sessions = SessionTelemetry(telemetry.recorder.record, ZoneInfo(script.line.time_zone), clock)
    alexa = AlexaEndpoint(script, settings, certificates, duty, sessions, clock)
    app.register_blueprint(alexa.blueprint())
    _add_pages(app, settings, clock, clips, webhooks, waits)
    app.wsgi_app = PublicPath(app.wsgi_app, settings.public_url)  # type: ignore[assignment]
    app.wsgi_app = PageLimit(app.wsgi_app)  # type: ignore[assignment] # Flask: middleware is put here
    signature = signature_of(settings, script.line.carrier)
    if settings.fast_path and not settings.demo and signature is not None:
        fast_path = FastPath(app.wsgi_app, webhooks, signature)
        app.wsgi_app = fast_path  # type: ignore[assignment]
    return app


def _add_pages(
    app: Application,
    settings: Settings,
    clock: Callable[[], dt.datetime],
    clips: Clips,
    webhooks: VoiceWebhooks,
    waits: Waits,
) -> None:
    """Register every route, the sign-in before them, and the answers to errors."""
    services, database = app.services, Database(settings)
    script, report = services.script, load_report(settings.prompts)
    utterances = report.utterances_by_clip() if report else {}
    parts = (
        webhooks,
        AudioFiles(clips),
        HealthChecks(settings, services.telemetry.recorder, services.workers),
        RecordingMenu(
            script,
            settings,
            utterances,
            services.recording_cleanup,
            webhooks.refusals,
            waits,
        ),
        BrowserPhone(app, script, settings, clips),
        DashboardPages(script, settings, report, database, clock),
        VoicemailPages(script, settings, database, clock),
        ProtectionPages(script, database, clock),
        OverridePage(script, database, clock, services.telemetry.alerts.notify),
        ReportPages(script, database, clock),
        CallGraphPages(script),
        TranscriptPages(script, clock),
        ClipPages(script, settings, utterances, database, clock, services.telemetry.alerts.notify),
        SessionPages(script, database),
        AccountPages(script, settings, database, services.telemetry.alerts.notify),
        PublishingPages(settings, database, clock, services.telemetry.alerts.notify),
        UserPages(database, services.telemetry.alerts.notify),
        AuditPages(script, database),
    )
    for part in parts:
        app.register_blueprint(part.blueprint())
    Auth(settings, database).install(app)
    layout.install(app, script, settings)
    errors.install(app)

    @app.errorhandler(500)
    def internal_error(error: Exception) -> Response:
        """Answer a failure outside all blueprints: with the lifeboat if a caller waits."""
        if request.path.startswith("/voice"):
            return webhooks.lifeboat(error)
        log.error("unexpected error", exc_info=error)
        return Response("something went wrong\n", 500, content_type="text/plain")
