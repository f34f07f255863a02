"""`/record`: the recording menu, in which the agency's own people record prompts by telephone.

It is no part of the script and no caller comes here: another number of the carrier's leads to it.
After the PIN its URLs bear a token of this call, so that any worker can answer and none remembers.
"""

import datetime as dt
import hmac
import logging
import re
import secrets
from collections.abc import Mapping
from hashlib import blake2b

from flask import Response, abort, g, request
from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ivr import pins
from ivr.accounts.secret_key import secret
from ivr.carrier.client import Account
from ivr.carrier.recordings import fetch_wav, media_url
from ivr.dialog import Spoken
from ivr.errors import CarrierError, IvrError
from ivr.settings import Settings
from ivr.speech import drafts, recorded
from ivr.transcript.labels import language_name
from ivr.twiml import recording_menu as twiml
from ivr.voicemail.recording_cleanup import RecordingCleanup
from ivr.web.routes import Routes, post
from ivr.web.voice.webhooks import VoiceWebhooks
from ivr.web.waits import Waits

log = logging.getLogger("ivr.recording_menu")

BAD_PINS = RateLimitItemPerHour(5)
"""Wrong PINs of one telephone that each worker takes in an hour."""

ALL_BAD_PINS = RateLimitItemPerHour(10)
"""Wrong PINs of all telephones in an hour, since a caller ID can be made up. A telephone from which
the right PIN was given is not held up by others."""

MAX_REMEMBERED = 1000
"""Telephones that a worker remembers because the right PIN was given there."""

_TOKEN_LETTERS = 24


class RecordingMenu(Routes, name="recording_menu"):
    """The recording menu of one script. `utterances` is all that it says, by clip key."""

    def __init__(
        self,
        webhooks: VoiceWebhooks,
        settings: Settings,
        utterances: Mapping[str, Spoken],
        cleanup: RecordingCleanup,
        waits: Waits = Waits(),
    ) -> None:
        self.script = webhooks.script
        self.settings = settings
        self._webhooks = webhooks
        self._utterances = utterances
        self._cleanup = cleanup
        self._waits = waits
        self._english = self.script.line.default_language
        self._alert = webhooks.refusals.alert
        self._pins = pins.read(settings.recording_pin) if settings.recording_pin else ()
        self._caller_key = secrets.token_bytes(32)
        self._proven: dict[str, None] = {}
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    @post("/record")
    def start(self) -> Response:
        """Ask for the PIN."""
        sentences = "This is the recording menu. Enter the PIN, then press pound."
        return _xml(twiml.ask_pin(self.script, self._say(sentences), self._url("pin", token=False)))

    @post("/record/pin")
    def pin(self) -> Response:
        """Take the PIN; after five wrong ones a telephone waits, after ten all unknown ones do."""
        caller = self._caller()
        is_open = caller in self._proven or self._limiter.test(ALL_BAD_PINS)
        if not (is_open and self._limiter.test(BAD_PINS, caller)):
            return self._tell("Too many wrong PINs. Call again in an hour.")
        name = pins.whose(self._pins, request.form.get("Digits", ""))
        if name is None:
            self._limiter.hit(BAD_PINS, caller)
            self._limiter.hit(ALL_BAD_PINS)
            log.warning("a wrong PIN at the recording menu")
            self._alert("recording-pin", "Somebody keys wrong PINs at the recording menu.")
            return self._tell("That is not the PIN.", self._url("", token=False))
        if len(self._proven) >= MAX_REMEMBERED:
            self._proven.clear()
        self._proven[caller] = None
        g.recorded_by = name
        log.info("the recording menu was opened by %s", name)
        sentences = [
            (code, f"{language_name(code)}: {key}")
            if self.script.line.has_voice(code)
            else (self._english, f"{code}: {key}")
            for key, code in self._languages.items()
        ]
        return _xml(twiml.ask(self.script, sentences, self._url("language")))

    @post("/record/language")
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

    @post("/record/<language>/<int:i>/prompt")
    def prompt(self, language: str, i: int) -> Response:
        """Read a prompt's words, and ask what to do about it.

        If no voice can read them, whoever records has them on the sheet, by the prompt's name.
        """
        words, of = self._words(language, i), len(self._keys(language))
        slow = ", to be said slowly" if words.slow else ""
        is_silent = not self.script.line.has_voice(language)
        name = f", {re.sub(r'[^a-z0-9]+', ' ', words.prompt)}, on your sheet." if is_silent else ":"
        sentences = [
            (self._english, f"Prompt {i + 1} of {of}{slow}{name}"),
            *([] if is_silent else [(language, words.text)]),
            (self._english, "To record it, press 1. Next, 2. Previous, 3. To hear it again, 4."),
        ]
        return _xml(twiml.ask(self.script, sentences, self._url(f"{language}/{i}/choice")))

    @post("/record/<language>/<int:i>/choice")
    def choice(self, language: str, i: int) -> Response:
        """Record, or go to another prompt."""
        key = request.form.get("Digits", "")
        if key == "1":
            return self._record(language, i)
        last = len(self._keys(language)) - 1
        to = {"2": min(i + 1, last), "3": max(i - 1, 0)}.get(key, i)
        return self._tell("", self._url(f"{language}/{to}/prompt"))

    @post("/record/<language>/<int:i>/made")
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

    @post("/record/<language>/<int:i>/kept")
    def kept(self, language: str, i: int) -> Response:
        """Keep a recording as a draft, and go on to the next prompt.

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
        return self._tell(
            "It is kept as a draft. Callers hear it once somebody has approved it in the console.",
            self._url(f"{language}/{to}/prompt"),
        )

    def _keep(self, language: str, i: int, sid: str) -> bool:
        """Fetch a recording, and make it a prompt's draft; return whether that was done."""
        words = self._words(language, i)
        name, by = f"{language} {words.prompt}", g.recorded_by
        try:
            sound = fetch_wav(Account.of(self.settings), sid, self._waits.recording)
            now = dt.datetime.now(dt.UTC)
            drafts.save(self.settings.clips, self._keys(language)[i], sound, by, now)
        except IvrError as e:
            log.error("a recording of %s could not be kept: %s", name, e)  # noqa: TRY400 one line
            return False
        log.warning("the prompt %s was recorded by %s: a draft waits for approval", name, by)
        self._alert(
            "recording",
            f"The prompt {name} was recorded by {by}. It waits in the console, under Voices, until"
            " somebody approves it; callers do not hear it.",
        )
        return True

    def _record(self, language: str, i: int) -> Response:
        sentences = self._say("Speak after the tone, then press pound.")
        return _xml(twiml.record(self.script, sentences, self._url(f"{language}/{i}/made")))

    def require(self) -> None:
        """Abort a request without the signature, or of a call that has not given the PIN."""
        if not self.settings.recording_pin:
            abort(404)
        self._webhooks.require_signature()
        open_ = {"recording_menu.start", "recording_menu.pin"}
        if request.endpoint in open_:
            return
        given = request.args.get("call", "").encode()
        for name, _ in self._pins:
            if hmac.compare_digest(given, self._token(name).encode()):
                g.recorded_by = name
                return
        abort(403, "this call has not given the PIN")

    def _caller(self) -> str:
        """Return a hash of the caller's telephone that this process alone can make."""
        caller = request.form.get("From", "").encode(errors="replace")
        return blake2b(caller, key=self._caller_key, digest_size=16).hexdigest()

    def _token(self, name: str) -> str:
        """Return what a call's URLs bear after the PIN of a person; it changes with the PIN."""
        pin = dict(self._pins)[name]
        call = f"recording menu {request.values.get('CallSid', '')} {name} {pin}"
        return hmac.new(secret(self.settings), call.encode(), "sha256").hexdigest()[:_TOKEN_LETTERS]

    def _url(self, path: str, *, token: bool = True, **more: str) -> str:
        asked = {"call": self._token(g.recorded_by), **more} if token else more
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
        """Return the keys of what is recorded: where no voice speaks, nothing slowly."""
        is_silent = not self.script.line.has_voice(language)
        return [
            key
            for key, words in self._utterances.items()
            if words.language == language and not (is_silent and words.slow)
        ]

    @property
    def _languages(self) -> dict[str, str]:
        off_air = (words.language for words in self._utterances.values())
        codes = list(dict.fromkeys((*self.script.line.languages, *off_air)))
        return {str(i): code for i, code in enumerate(codes[:9], 1)}  # keys of one digit, without 0


def _xml(document: bytes) -> Response:
    return Response(document, content_type="text/xml; charset=utf-8")
