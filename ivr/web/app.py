"""The web application, put together: the script is read once, then only looked at."""

import datetime as dt
import logging
from collections.abc import Callable

from flask import Flask, Response, request

from ivr.carrier.emergency import gated
from ivr.carrier.recording_cleanup import RecordingCleanup
from ivr.errors import SettingsError
from ivr.schedule.calendar_feed import calendar_feed
from ivr.schedule.override_store import OverrideStore
from ivr.script.load import load
from ivr.script.model import Duty
from ivr.settings import Settings
from ivr.speech.clips import Clips
from ivr.web import audio, errors, health, layout
from ivr.web.auth import Auth
from ivr.web.pages import reports
from ivr.web.pages.call_graph import CallGraphPages
from ivr.web.pages.clips import ClipPages
from ivr.web.pages.dashboard import DashboardPages
from ivr.web.pages.override import OverridePage
from ivr.web.pages.transcript import TranscriptPages
from ivr.web.pages.voicemail import Messages
from ivr.web.phone.views import BrowserPhone
from ivr.web.recording.menu import RecordingMenu
from ivr.web.voice.carrier_actions import CarrierActions
from ivr.web.voice.fast_path import FastPath
from ivr.web.voice.signature import HEADERS
from ivr.web.voice.telemetry import CallTelemetry
from ivr.web.voice.webhook_form import WebhookRequest
from ivr.web.voice.webhooks import VoiceWebhooks
from ivr.web.waits import Waits

log = logging.getLogger("ivr.web")

MAX_FORM_BYTES = 1_000_000
"""A carrier's form is about 2 kB; more than this is not the carrier."""


def utcnow() -> dt.datetime:
    """Return what time it is."""
    return dt.datetime.now(dt.UTC)


def create_app(
    settings: Settings | None = None,
    clock: Callable[[], dt.datetime] = utcnow,
    waits: Waits = Waits(),
) -> Flask:
    """Return the service as a WSGI application, with the settings of the environment by default.

    `clock` tells the moment (aware), by which the agency is open or closed; `waits` tells how long
    the line waits for others.

    Raises ScriptError if the phone script has problems, since a line that could fail a caller
    must not start, and SettingsError where no token would tell the carrier from anybody else.
    """
    settings = settings or Settings.from_env()
    if not settings.auth_tokens and not settings.demo:
        raise SettingsError(
            "TWILIO_AUTH_TOKEN is not set, so the carrier cannot be told from anybody else:"
            " set it, or try the line on this machine with `ivr serve --demo`"
        )
    script = gated(load(settings.prompts), settings)
    overrides = OverrideStore(settings, waits.override, waits.override_holds)
    calendar = calendar_feed(
        script.line.on_call, script.line.time_zone, settings.state, waits.calendar
    )

    def duty(moment: dt.datetime) -> Duty | None:
        """Tell who is there where the script alone does not; nothing here waits."""
        override = overrides.at(moment)
        fetched = calendar.known.calendar if calendar else None
        return script.duty(moment, override, fetched) if override or fetched else None

    watch = CallTelemetry(script, settings, clock, duty)
    disposal = RecordingCleanup(settings, watch.alerts.notify, waits.disposal)
    clips = Clips(settings.clips if settings.audio else None)
    errands = CarrierActions(script, settings, clock, waits)
    line = VoiceWebhooks(settings, watch, clock, duty, clips, errands)
    app = Flask(__name__)
    app.request_class = WebhookRequest
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    app.extensions["ivr.watch"] = watch
    app.extensions["ivr.overrides"] = overrides
    app.extensions["ivr.disposal"] = disposal
    app.extensions["ivr.calendar"] = calendar
    app.register_blueprint(line.blueprint())
    app.register_blueprint(audio.blueprint(clips))
    app.register_blueprint(health.blueprint(settings, watch.recorder))
    app.register_blueprint(BrowserPhone(app, script, settings, clips).blueprint())
    Auth(settings).install(app)
    layout.install(app, script, settings)
    errors.install(app)
    parts = (
        DashboardPages(script, settings),
        Messages(script, settings, clock),
        OverridePage(script, settings),
        CallGraphPages(script),
        TranscriptPages(script),
        ClipPages(script, settings),
        RecordingMenu(script, settings, disposal, waits),
    )
    for part in parts:
        app.register_blueprint(part.blueprint())
    app.register_blueprint(reports.report_pages(script, settings))

    if not settings.demo and script.line.carrier in HEADERS:
        front = FastPath(app.wsgi_app, line, settings, watch)
        app.wsgi_app = front  # type: ignore[assignment] # Flask: middleware is put here

    @app.errorhandler(500)
    def _never_an_error(error: Exception) -> Response:
        """Outside the blueprint too a caller hears the lifeboat, and nobody sees a traceback."""
        log.error("unexpected error", exc_info=error)
        if request.path.startswith("/voice"):
            watch.lifeboat(type(error).__name__)
            return line.lifeboat()
        return Response("something went wrong\n", 500, content_type="text/plain")

    return app
