"""`/record`: the recording menu, in which the agency's own people record prompts by telephone.

It is no part of the script and no caller comes here: another number of the carrier's leads to it.
After the PIN its URLs bear a token of this call, so that any worker can answer and none remembers.
"""

import hmac
import logging
from collections.abc import Mapping
from typing import cast

from flask import Blueprint, Response, abort, request
from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ivr.accounts.secret_key import secret
from ivr.carrier.client import Account
from ivr.carrier.recordings import fetch_wav, media_url
from ivr.dialog import Spoken
from ivr.errors import CarrierError, IvrError
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.speech import recorded
from ivr.speech.manifest import write_file
from ivr.transcript.labels import language_name
from ivr.twiml import recording_menu as twiml
from ivr.voicemail.recording_cleanup import RecordingCleanup
from ivr.web.auth import LOOPBACK_ADDRESSES
from ivr.web.recording.render_job import Renderer
from ivr.web.voice.signature import checker
from ivr.web.voice.webhook_form import WebhookRequest
from ivr.web.waits import Waits

log = logging.getLogger("ivr.recording_menu")

BAD_PINS = RateLimitItemPerHour(5)
"""Wrong PINs that each worker process accepts an hour: to try all of 6 digits would take years."""

_TOKEN_LETTERS = 24


class RecordingMenu:
    """The recording menu of one script. `utterances` is all that it says, by clip key."""

    def __init__(
        self,
        script: Script,
        settings: Settings,
        utterances: Mapping[str, Spoken],
        cleanup: RecordingCleanup,
        waits: Waits = Waits(),
    ) -> None:
        self.script = script
        self._utterances = utterances
        self._waits = waits
        self._cleanup = cleanup
        self.settings = settings
        self._english = script.line.default_language
        self._renderer = Renderer(settings)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._is_signed = checker(settings.auth_tokens, settings.public_url, script.line.carrier)

    def blueprint(self) -> Blueprint:
        """Return the routes, all of them the carrier's alone."""
        menu = Blueprint("recording_menu", __name__)
        menu.before_request(self._require_pin)
        post = ["POST"]
        menu.add_url_rule("/record", view_func=self.start, methods=post)
        menu.add_url_rule("/record/pin", view_func=self.pin, methods=post)
        menu.add_url_rule("/record/language", view_func=self.language, methods=post)
        for name in ("prompt", "choice", "made", "kept"):
            path = f"/record/<language>/<int:i>/{name}"
            menu.add_url_rule(path, view_func=getattr(self, name), methods=post)
        return menu

    def start(self) -> Response:
        """Ask for the PIN."""
        sentences = "This is the recording menu. Enter the PIN, then press pound."
        return _xml(twiml.ask_pin(self.script, self._say(sentences), self._url("pin", token=False)))

    def pin(self) -> Response:
        """Take the PIN. After five wrong PINs, no PIN is accepted for a while, from any caller."""
        if not self._limiter.test(BAD_PINS):
            return self._tell("Too many wrong PINs. Call again in an hour.")
        keyed = request.form.get("Digits", "")
        if not hmac.compare_digest(keyed.encode(), self.settings.recording_pin.encode()):
            self._limiter.hit(BAD_PINS)
            log.warning("a bad PIN at the recording menu")
            return self._tell("That is not the PIN.", self._url("", token=False))
        sentences = [
            (code, f"{language_name(code)}: {key}") for key, code in self._languages.items()
        ]
        return _xml(twiml.ask(self.script, sentences, self._url("language")))

    def language(self) -> Response:
        """Take the language, and begin with the first prompt that has no recording."""
        code = self._languages.get(request.form.get("Digits", ""))
        if code is None:
            return self._tell("There is no such language.", self._url("", token=False))
        if not self._utterances:
            return self._tell("The script is not checked, so its prompts are not known. Goodbye.")
        taken = recorded.recordings(self.settings.clips)
        names = recorded.file_names(self._utterances)
        missing = [i for i, key in enumerate(self._keys(code)) if names[key] not in taken]
        return self._tell("", self._url(f"{code}/{missing[0] if missing else 0}/prompt"))

    def prompt(self, language: str, i: int) -> Response:
        """Read a prompt's words, and ask what to do about it."""
        words = self._words(language, i)
        slow = ", to be said slowly" if words.slow else ""
        sentences = [
            (self._english, f"Prompt {i + 1} of {len(self._keys(language))}{slow}:"),
            (language, words.text),
            (self._english, "To record it, press 1. Next, 2. Previous, 3. To hear it again, 4."),
        ]
        return _xml(twiml.ask(self.script, sentences, self._url(f"{language}/{i}/choice")))

    def choice(self, language: str, i: int) -> Response:
        """Record, or go to another prompt."""
        key = request.form.get("Digits", "")
        if key == "1":
            return self._record(language, i)
        last = len(self._keys(language)) - 1
        to = {"2": min(i + 1, last), "3": max(i - 1, 0)}.get(key, i)
        return self._tell("", self._url(f"{language}/{to}/prompt"))

    def made(self, language: str, i: int) -> Response:
        """Play what was recorded, and ask whether it is to be kept."""
        sid = request.form.get("RecordingSid", "")
        try:
            recording_url = media_url(self.settings.account_sid, sid)
        except CarrierError:
            return self._tell("Nothing was heard.", self._url(f"{language}/{i}/prompt"))
        self._cleanup.delete_later(sid, self._waits.hang_up)
        sentences = self._say("To keep it, press 1. To record it again, 2. To leave it, 3.")
        url = self._url(f"{language}/{i}/kept", recording=sid)
        return _xml(twiml.ask(self.script, sentences, url, play=recording_url))

    def kept(self, language: str, i: int) -> Response:
        """Keep a recording, make a clip of it, and go on to the next prompt.

        Whatever becomes of it, no copy stays at the carrier.
        """
        this_prompt = f"{language}/{i}/prompt"
        key, sid = request.form.get("Digits", ""), request.args.get("recording", "")
        is_stored = key == "1" and self._keep(language, i, sid)
        self._cleanup.delete_later(sid)
        if key == "2":
            return self._record(language, i)
        if key != "1":
            return self._tell("", self._url(this_prompt))
        if not is_stored:
            return self._tell(
                "It could not be kept. Please record it again.", self._url(this_prompt)
            )
        to = min(i + 1, len(self._keys(language)) - 1)
        return self._tell("It is kept.", self._url(f"{language}/{to}/prompt"))

    def _keep(self, language: str, i: int, sid: str) -> bool:
        """Fetch a recording, and make it a prompt's; return whether that was done."""
        self._words(language, i)
        clips = self.settings.clips
        name = recorded.file_names(self._utterances)[self._keys(language)[i]]
        try:
            write_file(
                clips / f"{name}.wav",
                fetch_wav(Account.of(self.settings), sid, self._waits.recording),
            )
        except IvrError as e:
            log.error("a recording of %s could not be kept: %s", name, e)  # noqa: TRY400 one line
            return False
        for form in recorded.FORMS[1:]:
            (clips / f"{name}.{form}").unlink(missing_ok=True)
        self._renderer.start("--wait")
        return True

    def _record(self, language: str, i: int) -> Response:
        sentences = self._say("Speak after the tone, then press pound.")
        return _xml(twiml.record(self.script, sentences, self._url(f"{language}/{i}/made")))

    def _require_pin(self) -> None:
        if not self.settings.recording_pin:
            abort(404)
        if self.settings.demo:
            if request.remote_addr not in LOOPBACK_ADDRESSES:
                abort(403, "the demo line answers this machine alone")
        elif not self._is_signed(cast("WebhookRequest", request)):
            abort(403, "this request does not bear the carrier's signature")
        open_ = {"recording_menu.start", "recording_menu.pin"}
        given = request.args.get("call", "").encode()
        if request.endpoint not in open_ and not hmac.compare_digest(given, self._token().encode()):
            abort(403, "this call has not given the PIN")

    def _token(self) -> str:
        """Return what this call's URLs bear after the PIN."""
        call = f"recording menu {request.values.get('CallSid', '')}"
        return hmac.new(secret(self.settings), call.encode(), "sha256").hexdigest()[:_TOKEN_LETTERS]

    def _url(self, path: str, *, token: bool = True, **more: str) -> str:
        asked = {"call": self._token(), **more} if token else more
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        root = self.settings.voice_root.removesuffix("/voice/")
        return f"{root}/record" + (f"/{path}" if path else "") + (f"?{query}" if query else "")

    def _say(self, text: str) -> list[twiml.Sentence]:
        return [(self._english, text)] if text else []

    def _tell(self, text: str, then: str = "") -> Response:
        return _xml(twiml.tell(self.script, self._say(text), then))

    def _words(self, language: str, i: int) -> Spoken:
        keys = self._keys(language)
        if i >= len(keys):
            abort(404)
        return self._utterances[keys[i]]

    def _keys(self, language: str) -> list[str]:
        return [key for key, words in self._utterances.items() if words.language == language]

    @property
    def _languages(self) -> dict[str, str]:
        return {str(i): code for i, code in enumerate(self.script.line.languages, 1)}


def _xml(document: bytes) -> Response:
    return Response(document, content_type="text/xml; charset=utf-8")
