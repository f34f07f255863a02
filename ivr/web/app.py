"""The application factory: calls and pages in one application, for any WSGI server and for tests.

`ivr serve` answers calls and pages in processes of their own (ivr.web.worker).
"""

import datetime as dt
import os
from collections.abc import Callable
from zoneinfo import ZoneInfo

from ivr.database.engine import Database
from ivr.local_time import utcnow
from ivr.settings import Settings
from ivr.web import errors, layout
from ivr.web.assistant.endpoint import AlexaEndpoint
from ivr.web.assistant.signature import Certificates
from ivr.web.assistant.telemetry import SessionTelemetry
from ivr.web.auth import Auth
from ivr.web.calls import Application, answer_calls, with_fast_path
from ivr.web.editing.approval import ApprovalPages
from ivr.web.editing.draft_line import DraftLine
from ivr.web.editing.drafts import Drafts
from ivr.web.editing.first_steps import FirstStepsPage
from ivr.web.editing.hours import HoursPage
from ivr.web.editing.numbers import NumberPage
from ivr.web.editing.on_call import OnCallPage
from ivr.web.editing.order import ChoicePages, StepPages
from ivr.web.editing.recordings import RecordingPages
from ivr.web.editing.sounds import DraftSounds
from ivr.web.editing.words import WordPages
from ivr.web.page_limit import PageLimit
from ivr.web.pages.account import AccountPages
from ivr.web.pages.call_graph import CallGraphPages
from ivr.web.pages.card import CardPages
from ivr.web.pages.clips import ClipPages
from ivr.web.pages.dashboard import DashboardPages
from ivr.web.pages.doctor import DoctorPages
from ivr.web.pages.override import OverridePage
from ivr.web.pages.protection import ProtectionPages
from ivr.web.pages.publishing import PublishingPages
from ivr.web.pages.reports import ReportPages
from ivr.web.pages.states import StatesPage
from ivr.web.pages.training import TrainingPage
from ivr.web.pages.transcript import TranscriptPages
from ivr.web.pages.users import AuditPages, SessionPages, UserPages
from ivr.web.pages.voicemail import VoicemailPages
from ivr.web.paths import PublicPath
from ivr.web.phone.views import BrowserPhone
from ivr.web.waits import Waits


def create_app(
    settings: Settings | None = None,
    clock: Callable[[], dt.datetime] = utcnow,
    waits: Waits = Waits(),
    parent: int | None = None,
    certificates: Certificates | None = None,
) -> Application:
    """Return the service as a WSGI application, with the settings of the environment by default.

    `clock` returns the moment (aware) by which the agency is open or closed; `waits` says how long
    the line waits for others; `parent` is the process of `ivr serve`, by default that which started
    this one; `certificates` are Alexa's, by default fetched from Amazon. Raises ScriptError and
    SettingsError as `answer_calls` does.
    """
    app = answer_calls(settings or Settings.from_env(), clock, waits)
    _add_pages(app, clock, os.getppid() if parent is None else parent)
    _add_assistant(app, clock, certificates)
    app.wsgi_app = PublicPath(app.wsgi_app, app.services.settings.public_url)  # type: ignore[assignment]
    app.wsgi_app = PageLimit(app.wsgi_app)  # type: ignore[assignment] # Flask: middleware is put here
    return with_fast_path(app)


_PAGES = (
    DashboardPages,
    VoicemailPages,
    ProtectionPages,
    DoctorPages,
    OverridePage,
    ReportPages,
    CallGraphPages,
    TranscriptPages,
    StatesPage,
    CardPages,
    SessionPages,
    AccountPages,
    PublishingPages,
    UserPages,
    AuditPages,
)
"""The pages that need the console alone."""

_EDITOR = (FirstStepsPage, NumberPage, HoursPage, OnCallPage, ChoicePages, StepPages)
"""The pages of the editor that need the draft alone."""


def _add_pages(app: Application, clock: Callable[[], dt.datetime], parent: int) -> None:
    """Register every page, the sign-in before them, and the answers to errors."""
    services = app.services
    script, settings, report = services.script, services.settings, services.report
    database, notify = Database(settings), services.telemetry.alerts.notify
    drafts = Drafts(script, settings, database, clock, notify, report, parent)
    utterances = report.words_for_clips(script.line.recorded_languages) if report else {}
    training = TrainingPage(drafts)
    sounds = DraftSounds(drafts, services.clips, utterances)
    draft_line = DraftLine(drafts, sounds.clips)
    parts = (
        BrowserPhone(app, draft_line, sounds, training.calls),
        training,
        ClipPages(drafts, utterances),
        sounds,
        WordPages(drafts, sounds),
        RecordingPages(drafts, sounds),
        ApprovalPages(drafts, sounds),
        *(pages(drafts) for pages in _PAGES),
        *(pages(drafts) for pages in _EDITOR),
    )
    for part in parts:
        app.register_blueprint(part.blueprint())
    Auth(settings, database).install(app)
    layout.install(app, script, settings)
    errors.install(app)


def _add_assistant(
    app: Application, clock: Callable[[], dt.datetime], certificates: Certificates | None
) -> None:
    """Register the skill beside the pages: fetching a certificate must never delay a call."""
    services = app.services
    script, record = services.script, services.telemetry.recorder.record
    sessions = SessionTelemetry(record, ZoneInfo(script.line.time_zone), clock)
    alexa = AlexaEndpoint(script, services.settings, certificates, services.duty, sessions, clock)
    app.register_blueprint(alexa.blueprint())
