"""The browser phone: a page with a dial pad, and the calls that it makes.

The page holds what the caller did; the interpreter is `ivr.phone`, here on the server. Each step
sends the whole call and plays it again from the start, so any worker can answer and none keeps
anything. Nobody is ever dialled.
"""

import datetime as dt
import json
from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import HTTPException

from ivr.errors import PhoneError
from ivr.explore.training import TrainingCall
from ivr.local_time import parse_local
from ivr.phone.call import Call
from ivr.phone.files import Audio
from ivr.phone.scenario.run import act, check
from ivr.phone.states import Ended
from ivr.phone.transport import WsgiTransport
from ivr.speech.clips import Clips
from ivr.web.auth import current_operator
from ivr.web.calls import Application
from ivr.web.editing.draft_line import DraftLine
from ivr.web.editing.sounds import DraftSounds
from ivr.web.phone import json as phone_json
from ivr.web.routes import Routes, get, post
from ivr.web.voice.webhook_form import CLOCK, REHEARSAL

MAX_ACTS, MAX_ACT_CHARACTERS, MAX_BYTES = 500, 300, 64_000
"""A caller does a few dozen things; more than this is no caller."""

MAX_DIGITS = 18
"""A number of a revision has fewer digits than this."""

LOOPBACK_URL = "http://127.0.0.1"
"""The URL of the line for this phone, if no public URL is set."""


class Asked(BaseModel):
    """What the page sends: what the caller did so far, and how many events it has shown."""

    model_config = ConfigDict(extra="forbid", strict=True)

    acts: list[Annotated[str, Field(max_length=MAX_ACT_CHARACTERS)]] = Field(max_length=MAX_ACTS)
    since: int = Field(ge=0)
    at: str = Field(default="", max_length=40)
    """The time at which the line is tried, by its own clocks; empty: now."""


class BrowserPhone(Routes, name="phone"):
    """`/phone`, the page, and `/phone/call`, which makes its calls to the line itself, signed."""

    def __init__(
        self,
        app: Application,
        drafts: DraftLine,
        sounds: DraftSounds,
        training: Callable[[], Sequence[TrainingCall]],
    ) -> None:
        script, settings = app.services.script, app.services.settings
        self._app, self._drafts, self._sounds, self._training = app, drafts, sounds, training
        self._root = settings.public_url or LOOPBACK_URL
        self._zone = ZoneInfo(script.line.time_zone)
        self._token = settings.auth_tokens[0] if settings.auth_tokens else None
        self._clips = app.services.clips
        self._audio_root = urljoin(f"{self._root}/voice", settings.audio_root)
        self._language = script.line.languages[script.line.default_language].speech

    def blueprint(self) -> Blueprint:
        """Return the routes, with errors that the page can show."""
        phone = super().blueprint()
        phone.register_error_handler(HTTPException, _refused)
        return phone

    @get("/phone")
    def page(self) -> str:
        """Serve the phone; `?keys=1,2` offers a call to be replayed, as in `ivr call --keys`.

        `?training=busy` offers one of the training calls, and tells what to notice.
        """
        name = request.args.get("training", "")
        lesson = next((one for one in self._training() if one.id == name), None) if name else None
        if name and lesson is None:
            abort(404, "This line has no such training call: /training has those that it has.")
        text = lesson.keys if lesson else request.args.get("keys", "")
        tokens = [token.strip() for token in text.split(",")] if text.strip() else []
        try:
            for token in tokens:
                check(token)
        except PhoneError as e:
            abort(404, f"This link replays no call: {e}")
        if len(tokens) > MAX_ACTS:
            abort(404, f"This link replays no call: it has more than {MAX_ACTS} acts")
        draft = self._draft()
        clips = self._clips if draft is None else self._sounds.clips
        clips.refresh()
        return render_template(
            "phone.html",
            draft=draft,
            tokens=tokens,
            lesson=lesson,
            language=self._language,
            zone=self._zone.key,
            has_clips=bool(clips.all()),
        )

    @post("/phone/call")
    def call(self) -> Response:
        """Make a call, and answer with what is new in it."""
        if request.mimetype != "application/json":
            abort(400, "send JSON, with the content type application/json")
        body = request.get_data()
        if len(body) > MAX_BYTES:
            abort(413, f"a call has at most {MAX_BYTES} bytes")
        try:
            asked = Asked.model_validate_json(body)
        except ValidationError as e:
            abort(400, _one_line(e))
        draft = self._draft()
        app = self._app if draft is None else self._drafts.application(draft)
        names = phone_json.names(app.services.script)
        line = rehearsed(app, urlsplit(self._root).path, self._moment(asked.at))
        made = Call(WsgiTransport(line, self._token), f"{self._root}/voice")
        clips = self._clips if draft is None else self._sounds.clips
        made.audio.update(self._heard(clips))
        trouble = _replay(made, asked.acts)
        own = frozenset() if draft is None else self._sounds.own_names()
        local = _local(self._root, request.script_root, own)
        return _json({**phone_json.shown(made, asked.since, names, local), "trouble": trouble})

    def _draft(self) -> int | None:
        """Return the revision that is called in place of the line; those who edit may call one."""
        text = request.args.get("draft", "")
        if not text:
            return None
        if not current_operator().may("edit"):
            abort(403, "Your account does not have the role for drafts.")
        if not (text.isascii() and text.isdigit() and len(text) < MAX_DIGITS):
            abort(404, "This link names no draft.")
        return int(text)

    def _moment(self, text: str) -> dt.datetime | None:
        if not text:
            return None
        try:
            return parse_local(text, self._zone.key)
        except ValueError as e:
            abort(400, str(e))

    def _heard(self, clips: Clips) -> dict[str, Audio]:
        """Return what is heard in each clip, by its URL."""
        clips.refresh()
        return {
            self._audio_root + clip.name: Audio(clip.text, clip.seconds, clip.language, clip.slow)
            for clip in clips.all()
        }


def rehearsed(app: WSGIApplication, prefix: str, at: dt.datetime | None = None) -> WSGIApplication:
    """Return an application whose calls are rehearsals, which are not recorded.

    If `at` is given, the calls take place at that moment. The carrier calls the public URL, and a
    proxy removes `prefix` from its path. No HTTP request can set the mark of a rehearsal: its
    headers have other names in the WSGI environment.
    """

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Any:  # noqa: ANN401 WSGI's
        for name in ("PATH_INFO", "RAW_URI", "REQUEST_URI"):
            if name in environ:
                environ[name] = environ[name].removeprefix(prefix)
        return app({**environ, REHEARSAL: True, CLOCK: at}, start)

    return answer


def _replay(call: Call, tokens: Sequence[str]) -> str:
    """Make a call; return what the line did wrong, or nothing.

    Refuses (400) an act that does not exist, or makes no sense at its point of the call.
    """
    try:
        call.dial()
        for i, token in enumerate(tokens, 1):
            _do(call, i, token)
    except PhoneError as e:
        return f"The line made a mistake: {e}"
    return ""


def _do(call: Call, i: int, token: str) -> None:
    """Do the `i`th act. Raises PhoneError where the line makes a mistake about it."""
    try:
        check(token)
        if isinstance(call.state, Ended):
            abort(400, f"act {i}: the call had ended before {token}")
        act(call, token)
    except PhoneError as e:
        if call.state == Ended("refused"):
            raise
        abort(400, f"act {i}: {e}")


def _local(root: str, script_root: str, own: Collection[str]) -> Callable[[str], str]:
    """Return how the page finds an audio file: by path, where this service has it.

    `own` are the names of clips that only the draft has; they are not public.
    """

    def local(url: str) -> str:
        if (name := url.rpartition("/")[2]) in own:
            return url_for("sounds.clip", name=name)
        return script_root + url.removeprefix(root) if url.startswith(f"{root}/") else url

    return local


def _refused(error: HTTPException) -> Response | tuple[str, int]:
    reasons = " ".join((error.description or error.name).split())
    status = error.code or 500
    if request.endpoint == "phone.call":
        return _json({"error": reasons}, status)
    return render_template("problem.html", title=error.name, reasons=reasons), status


def _one_line(error: ValidationError) -> str:
    reasons = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(map(str, problem["loc"]))
        reasons.append(f"{where}: {problem['msg']}" if where else problem["msg"])
    return "; ".join(reasons)


def _json(value: dict[str, Any], status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(value), status, headers, content_type="application/json")
