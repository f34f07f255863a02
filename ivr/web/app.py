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
from ivr.web.assistant.certificates import Certificates
from ivr.web.assistant.endpoint import AlexaEndpoint
from ivr.web.assistant.telemetry import SessionTelemetry
from ivr.web.auth import Auth
from ivr.web.calls import Application, answer_calls, with_fast_path
from ivr.web.editing.approval import ApprovalPages
from ivr.web.editing.choices import ChoicePages
from ivr.web.editing.draft_line import DraftLine, builder
from ivr.web.editing.drafts import Drafts
from ivr.web.editing.first_steps import FirstStepsPage
from ivr.web.editing.hours import HoursPage
from ivr.web.editing.numbers import NumberPage
from ivr.web.editing.on_call import OnCallPage
from ivr.web.editing.recordings import RecordingPages
from ivr.web.editing.sounds import DraftSounds
from ivr.web.editing.steps import StepPages
from ivr.web.editing.words import WordPages
from ivr.web.page_limit import PageLimit
from ivr.web.pages.account import AccountPages
from ivr.web.pages.audit import AuditPages
from ivr.web.pages.call_graph import CallGraphPages
from ivr.web.pages.card import CardPages
from ivr.web.pages.clips import ClipPages
from ivr.web.pages.dashboard import DashboardPages
from ivr.web.pages.doctor import DoctorPages
from ivr.web.pages.override import OverridePage
from ivr.web.pages.protection import ProtectionPages
from ivr.web.pages.publishing import PublishingPages
from ivr.web.pages.reports import ReportPages
from ivr.web.pages.sessions import SessionPages
from ivr.web.pages.states import StatesPage
from ivr.web.pages.training import TrainingPage
from ivr.web.pages.transcript import TranscriptPages
from ivr.web.pages.users import UserPages
from ivr.web.pages.voicemail import VoicemailPages
from ivr.web.phone.views import BrowserPhone
from ivr.web.public_path import PublicPath
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


def _add_pages(app: Application, clock: Callable[[], dt.datetime], parent: int) -> None:
    """Register every page, the sign-in before them, and the answers to errors."""
    services = app.services
    script, settings, report = services.script, services.settings, services.report
    database, notify = Database(settings), services.telemetry.alerts.notify
    drafts = Drafts(script, settings, database, clock)
    utterances = report.words_for_clips(script.line.recorded_languages) if report else {}
    training = TrainingPage(script, clock)
    sounds = DraftSounds(drafts, services.clips, utterances)
    draft_line = DraftLine(drafts, builder(drafts, sounds.clips))
    parts = (
        BrowserPhone(app, settings, services.clips, (draft_line, sounds), training.calls),
        training,
        DashboardPages(script, settings, report, database, clock, parent),
        VoicemailPages(script, settings, database, clock),
        ProtectionPages(script, database, clock),
        DoctorPages(script, settings, report, database, clock),
        OverridePage(script, database, clock, notify),
        ReportPages(script, database, clock),
        CallGraphPages(script),
        TranscriptPages(script, clock),
        StatesPage(script, clock),
        CardPages(script, settings),
        ClipPages(script, settings, utterances, database, clock, notify),
        SessionPages(script, database),
        AccountPages(script, settings, database, notify),
        PublishingPages(settings, database, clock, notify, parent),
        sounds,
        WordPages(drafts, sounds),
        RecordingPages(drafts, sounds),
        FirstStepsPage(drafts),
        NumberPage(drafts),
        HoursPage(drafts),
        OnCallPage(drafts),
        ChoicePages(drafts),
        StepPages(drafts),
        ApprovalPages(drafts, sounds, notify),
        UserPages(database, notify),
        AuditPages(script, database),
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
