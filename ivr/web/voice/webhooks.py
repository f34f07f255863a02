"""The carrier's webhooks: a form in, TwiML out. No call leaves state here: its place is in the URL.

Every turn of a call is answered by `VoiceWebhooks.answer`, whether the request came through Flask
or the fast path. No caller hears an error: if anything fails, the answer is the lifeboat
(docs/architecture.md, rule 1).
"""

import datetime as dt
import logging
import re
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import HTTPException

from ivr.dialog import (
    Dial,
    DialEnded,
    Event,
    Key,
    Place,
    PlaybackFailed,
    Record,
    SendText,
    Silence,
    TextEnded,
    Turn,
    answer,
    read_place,
    reply,
)
from ivr.dialog import limits as at_limit
from ivr.dialog.nodes.agency import is_asked
from ivr.dialog.nodes.transfer import ANSWERED
from ivr.dialog.place import MAX_TRIES
from ivr.dialog.without_clips import without_clips
from ivr.schedule.duty import Duty
from ivr.script.carriers import DIALECTS
from ivr.script.nodes import Agency, Menu, Text, Voicemail
from ivr.settings import Settings
from ivr.speech.clips import Clips
from ivr.twiml import call_back
from ivr.twiml import voice as twiml
from ivr.voicemail.call_back import unseal
from ivr.web.demo_access import is_local
from ivr.web.voice.call_state import CallState
from ivr.web.voice.carrier_actions import CarrierActions
from ivr.web.voice.offered_keys import OfferedKeys
from ivr.web.voice.refusals import Refusals
from ivr.web.voice.signature import checker, signature_of
from ivr.web.voice.telemetry import CallTelemetry
from ivr.web.voice.webhook_form import REHEARSAL, Webhook, WebhookRequest, event_of, own_number

log = logging.getLogger("ivr.voice")

MAX_CACHED_ANSWERS = 4096
"""Answers in the cache, about 8 kB each; a script has some hundreds."""

MAX_CACHED_DOCUMENTS = 1024
"""Documents in the cache, about 8 kB each. A tenth of all requests are not worth caching, such as
the end of a dialled call with its seconds, but the same turns follow."""

MAX_CACHED_CHARACTERS = 300
"""Longest path and query of a request whose answer is cached, in characters: ours are shorter."""

UNCHECKED = "ivr.unchecked"
"""The WSGI variable of a request whose signature is not checked: it may be a stranger's, so that a
failure alerts nobody."""

CLIPS_SECONDS = 0.1
"""How often the folder of clips is looked at: each look lets other threads go first."""

MAX_CALL = dt.timedelta(hours=24)
"""The longest call that a carrier allows; a call that seems older shows that a clock has jumped."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that is the same for all callers, with the state of the clips that it names."""

    place: Place | None
    turn: Turn
    after: CallState
    clips_state: int
    document: bytes


@dataclass(frozen=True, slots=True)
class _Epoch:
    """The answers by request, for as long as `key` holds; see `VoiceWebhooks.epoch`."""

    key: Hashable
    answers: dict[Hashable, _Answer] = field(default_factory=dict)


class VoiceWebhooks:
    """The webhooks of one script. `/voice` starts a call; all else is found by following TwiML."""

    def __init__(
        self,
        settings: Settings,
        telemetry: CallTelemetry,
        clock: Callable[[], dt.datetime],
        duty: Callable[[dt.datetime], Duty | None],
        clips: Clips,
        actions: CarrierActions,
    ) -> None:
        self.script = script = actions.script
        self._clock = clock
        self._duty = duty
        self._clips = clips
        self._clips_looked, self._clips_state = float("-inf"), 0
        self._recorded = script.line.recorded_languages
        self._settings = settings
        self._telemetry = telemetry
        self._actions = actions
        self.limits = actions.limits
        self._longest_call = dt.timedelta(minutes=script.line.limits.call_minutes)
        self._urgent_nodes = frozenset(
            name
            for name, node in script.graph.nodes.items()
            if isinstance(node, Agency | Voicemail | Text)
            or (isinstance(node, Menu) and node.alert)
        )
        self._is_signed = checker(settings.auth_tokens, settings.public_url, script.line.carrier)
        self.refusals = Refusals(
            settings, signature_of(settings, script.line.carrier), telemetry.alerts.notify
        )
        self._offers_texts = script.line.text_me
        self._offered = OfferedKeys(script)
        self._root, self._audio_root = settings.voice_root, settings.audio_root
        if DIALECTS[script.line.carrier].absolute_urls:
            if settings.public_url:
                origin = "{0.scheme}://{0.netloc}".format(urlsplit(settings.public_url))
                self._root, self._audio_root = origin + self._root, origin + self._audio_root
            else:
                log.warning(
                    "%s asks for whole URLs in answers: set IVR_PUBLIC_URL", script.line.carrier
                )
        self._lifeboat_document = twiml.lifeboat(script, script.line.agency.number)
        self._lifeboat_of = lru_cache(maxsize=64)(partial(twiml.lifeboat, script))
        self._epoch = _Epoch(None)
        self._document = lru_cache(maxsize=MAX_CACHED_DOCUMENTS)(self._render)

    def blueprint(self) -> Blueprint:
        """Return the routes, each with and without a slash at its end, as people set them up.

        None redirects: the carrier drops Digits when it is redirected.
        """
        voice = Blueprint("voice", __name__)
        voice.before_request(self.require_signature)
        voice.register_error_handler(Exception, self.on_error)
        both = ["GET", "POST"]
        # A number that was set up with GET is answered too; the rest of its call is POST.
        for slash in ("", "/"):
            voice.add_url_rule(f"/voice{slash}", "start", self.start, methods=both)
            voice.add_url_rule(f"/voice/status{slash}", "status", self.status, methods=both)
            voice.add_url_rule(f"/voice/lifeboat{slash}", "lifeboat", self.fallback, methods=both)
            voice.add_url_rule(f"/voice/whisper{slash}", "whisper", self.whisper, methods=both)
            pressed = f"/voice/whisper/pressed{slash}"
            voice.add_url_rule(pressed, "pressed", self.pressed, methods=both)
        voice.add_url_rule("/voice/call-back/<token>", view_func=self.call_back, methods=["POST"])
        recorded = "/voice/recorded/<language>/<int:safe>"
        voice.add_url_rule(recorded, view_func=self.recorded, methods=["POST"])
        voice.add_url_rule("/voice/sound/<token>", "sound", self._actions.sound)
        voice.add_url_rule("/voice/<path:place>", view_func=self.turn, methods=["POST"])
        return voice

    def require_signature(self) -> None:
        """Refuse requests that the carrier did not sign; in demo mode, those of other machines."""
        current = _request()
        if current.endpoint in {"voice.lifeboat", "voice.sound"}:  # its URL bears our own signature
            return
        current.environ[UNCHECKED] = True
        if self._settings.demo:
            if not is_local(current):
                abort(403, "the demo line answers this machine alone, and no other site's pages")
        elif not self._is_signed(current):
            if not current.environ.get(REHEARSAL):
                self._telemetry.signature_refused()
                self.refusals.report(current)
            abort(403, "this request does not bear the carrier's signature")
        del current.environ[UNCHECKED]

    def start(self) -> Response:
        """Answer "a call comes in"."""
        return _xml(self.answer("", _request().webhook))

    def turn(self, place: str) -> Response:
        """Answer what a caller did at a place."""
        return _xml(self.answer(place, _request().webhook))

    def answer(self, path: str, webhook: Webhook) -> bytes:
        """Return the TwiML that answers a webhook of a call; the lifeboat if anything fails.

        `path` is the place in the URL, as "en/main"; empty at the start of a call. The webhook must
        have been checked: whatever is in it is taken as the carrier's.
        """
        try:
            return self._answer(path, webhook)
        except Exception as error:  # noqa: BLE001 rule 1
            return self._failed(error, webhook)

    def _answer(self, path: str, webhook: Webhook) -> bytes:
        path = path.rstrip("/")
        now = webhook.moment or self.now()
        own = own_number(self.script, webhook)
        event = event_of(webhook.form) if path else Silence()
        texts = self._offers_texts and not path and self._can_text(webhook, own)
        key = (path, webhook.query_string, event, own, texts)
        answers = self._answers(now) if _is_common(path, webhook, event) else None
        cached = answers.get(key) if answers else None
        if cached and self._recorded and cached.clips_state != self._clips_now():
            cached = None  # what is done may depend on the clips
        if cached is None:
            if path:
                query = webhook.query
                place: Place | None = read_place(self.script, path, query)
                state = CallState.of(query)
                event = self._offered.event(cast("Place", place), event, query)
                event = self._taken_or_not(webhook, cast("Place", place), event, now)
                turn, after = self._next_turn(webhook, cast("Place", place), event, state, now)
            else:
                place, turn = None, answer(self.script, now, texts=texts)
                after = CallState.first(now)
            turn = self._with_words(webhook, turn, now)
            if not self._is_plain(place, turn, own):
                return self._answer_by_actions(webhook, now, place, turn, own, after)
            after = after.onward(now)
        else:
            place, turn, after = cached.place, cached.turn, cached.after
        current = self._rendered(cached, place, turn, own, after)
        if current is not cached and answers is not None:
            if len(answers) >= MAX_CACHED_ANSWERS:
                answers.clear()
            answers[key] = current
        self._telemetry.turn_answered_later(webhook, now, place, turn)
        return current.document

    def _answers(self, now: dt.datetime) -> dict[Hashable, _Answer]:
        """Return the cached answers of a moment's epoch."""
        key = self.epoch(now)
        current = self._epoch
        if current.key != key:
            current = self._epoch = _Epoch(key)
        return current.answers

    def epoch(self, now: dt.datetime) -> Hashable:
        """Return what plain answers depend on besides the request: the minute and who is on duty.

        Answers to the same request are identical while it is unchanged: opening hours begin with a
        minute, and the person on duty may change at any time.
        """
        return now.replace(second=0, microsecond=0), self._duty(now)

    def _rendered(
        self,
        cached: _Answer | None,
        place: Place | None,
        turn: Turn,
        own: str | None,
        after: CallState,
    ) -> _Answer:
        """Return an answer with the clips that exist now; the cached one if they are the same."""
        state = self._clips_now()
        if cached is not None and cached.clips_state == state:
            return cached
        rest, clips = self._rest_of_query(turn, after), self._clip_urls(turn)
        return _Answer(place, turn, after, state, self._document(turn, rest, own, clips))

    def _render(
        self, turn: Turn, rest_of_query: str, own: str | None, clips: tuple[str, ...]
    ) -> bytes:
        """Return the TwiML of a turn, whose facts make no difference."""
        urls = twiml.Urls(self._root, rest_of_query)
        return twiml.render(self.script, turn, urls, own, clips=clips)

    def _rest_of_query(self, turn: Turn, state: CallState) -> str:
        """Return what the URLs of a turn bear besides its place."""
        return "&".join(filter(None, (state.query(), self._offered.query(turn.place))))

    def _clips_now(self) -> int:
        """Return the state of the clips, which are looked at from time to time."""
        if (at := time.monotonic()) > self._clips_looked + CLIPS_SECONDS:
            self._clips_looked, self._clips_state = at, self._clips.refresh()
        return self._clips_state

    def _with_words(self, webhook: Webhook, turn: Turn, now: dt.datetime) -> Turn:
        """Return a turn, or what stands in for it if a clip is lost that no voice can replace."""
        if not self._recorded:
            return turn
        self._clips_now()
        words = (one for one in turn.must + turn.may if one.language in self._recorded)
        lost = {one for one in words if not self._clips.play(one)}
        if not lost:
            return turn
        self._telemetry.clip_lost(webhook, next(iter(lost)))
        return without_clips(self.script, turn, lost, self._duty(now))

    def _is_plain(self, place: Place | None, turn: Turn, own: str | None) -> bool:
        """Tell whether a turn needs nothing from the carrier, and its record can wait.

        Not plain: a turn in which the agency's own people are rung or alerted, in which a message
        or a text is on its way, or which cannot be dialled for want of a number to show.
        """
        return not (
            turn.place.node in self._urgent_nodes
            or (place is not None and place.node in self._urgent_nodes)
            or turn.sound
            or isinstance(turn.verb, SendText)
            or (isinstance(turn.verb, Dial) and own is None)
        )

    def _answer_by_actions(
        self,
        webhook: Webhook,
        now: dt.datetime,
        place: Place | None,
        turn: Turn,
        own: str | None,
        state: CallState,
    ) -> bytes:
        """Answer with a turn after the carrier has done what it needs, and record it at once."""
        while True:
            turn, state = self._within_limits(webhook, turn, state)
            turn = self._with_words(webhook, turn, now)
            sound = self._sound_url(webhook, turn)
            event, state = self._event_before(webhook, turn, own, sound, state)
            if event is None:
                break
            self._telemetry.turn_answered(webhook, now, place, turn)
            now = webhook.moment or self.now()
            place, turn = turn.place, self._reply(turn.place, event, now)
        self._clips.refresh()
        clips, rest = self._clip_urls(turn), self._rest_of_query(turn, state.onward(now))
        caller = self.limits.caller(webhook).block_hashes[0]
        urls = twiml.Urls(self._root, rest, caller)
        document = twiml.render(self.script, turn, urls, own, sound, clips)
        self._telemetry.turn_answered(webhook, now, place, turn)
        return document

    def _next_turn(
        self, webhook: Webhook, place: Place, event: Event, state: CallState, now: dt.datetime
    ) -> tuple[Turn, CallState]:
        """Return the turn that follows an event, and the state of the call behind it."""
        if state.code and place.node in self._urgent_nodes and isinstance(event, Key | Silence):
            keys = event.keys if isinstance(event, Key) else ""
            if not keys or keys in at_limit.CODE_KEYS:
                return self._challenged(webhook, place, keys, state, now)
        turn = self._reply(place, event, now)
        if self._longest_call <= state.age(now) < MAX_CALL:
            turn = at_limit.end_long_call(self.script, place, event, turn)
        return turn, replace(state, code="")

    def _taken_or_not(
        self, webhook: Webhook, place: Place, event: Event, now: dt.datetime
    ) -> Event:
        """Return how a call ended to somebody who was asked to press 1.

        If the carrier does not say whether they were put through, they took the call only if this
        line was told that they pressed 1: a voicemail box answers, too.
        """
        if not isinstance(event, DialEnded) or event.status not in ANSWERED:
            return event
        if "DialBridged" in webhook.form or not is_asked(self.script, place):
            return event
        if self._telemetry.taken.has(webhook.form, now):
            return event
        return event_of({**webhook.form, "DialBridged": "false"})

    def _challenged(
        self, webhook: Webhook, place: Place, key: str, state: CallState, now: dt.datetime
    ) -> tuple[Turn, CallState]:
        """Return what follows a key of a code: the next one, the agency, or another try."""
        if key == state.code[0] and len(state.code) > 1:
            return at_limit.await_key(place, now), replace(state, code=state.code[1:])
        if key == state.code[0]:
            turn = at_limit.ring_agency(self.script, place, now, self._duty(now))
            return turn, replace(state, code="", passed=True)
        facts = at_limit.await_key(place, now).facts
        if place.tries >= MAX_TRIES:
            turn = at_limit.lead_on(self.script, place, facts, "agency.limited")
            return turn, replace(state, code="")
        code = self.limits.code(webhook, state)
        turn = at_limit.challenge(self.script, place, facts, code, place.tries + 1)
        return turn, replace(state, code=code)

    def _within_limits(
        self, webhook: Webhook, turn: Turn, state: CallState
    ) -> tuple[Turn, CallState]:
        """Return a turn, or what a caller gets in its place at a limit; and the call's state."""
        place, verb = turn.place, turn.verb
        is_agency = isinstance(self.script.node(place.node), Agency)
        if isinstance(verb, Dial) and is_agency and not webhook.is_rehearsal:
            ring = self.limits.ring(webhook, state, is_first=place.step == 0)
            if ring.is_refused:
                return self._led_on(turn, "agency.limited"), state
            if ring.code:
                turn = at_limit.challenge(self.script, place, turn.facts, ring.code)
                return turn, replace(state, code=ring.code)
            return turn, replace(state, used=state.used + (place.step == 0))
        if isinstance(verb, Record) and not place.recording:
            if self.limits.claim("message", webhook, state).is_refusal:
                return self._led_on(turn, "voicemail.limited"), state
            return turn, replace(state, used=state.used + 1)
        return turn, state

    def _led_on(self, turn: Turn, prompt: str) -> Turn:
        return at_limit.lead_on(self.script, turn.place, turn.facts, prompt)

    def _event_before(
        self, webhook: Webhook, turn: Turn, own: str | None, sound: str, state: CallState
    ) -> tuple[Event | None, CallState]:
        """Return what happens before a turn can be answered; None if it can be answered now."""
        if isinstance(turn.verb, SendText):
            ended = TextEnded(self._actions.text(webhook, own, turn.verb.body, state))
            return ended, replace(state, used=state.used + 1)
        if isinstance(turn.verb, Dial) and own is None:
            # Dialled without one, the carrier would show the caller's own number
            # (docs/architecture.md, rule 8).
            log.error("no number to dial with: set agency.number in line.yaml")
            return DialEnded("failed"), state
        return (PlaybackFailed() if turn.sound and not sound else None), state

    def _can_text(self, webhook: Webhook, own: str | None) -> bool:
        caller = webhook.values.get("From", "")
        return self._actions.can_text(caller, own, rehearsed=webhook.is_rehearsal)

    def _sound_url(self, webhook: Webhook, turn: Turn) -> str:
        if not turn.sound:
            return ""
        return self._actions.sound_url(self._root, turn.sound, rehearsed=webhook.is_rehearsal)

    def _reply(self, place: Place, event: Event, now: dt.datetime) -> Turn:
        return reply(self.script, place, event, now, self._duty(now))

    def _clip_urls(self, turn: Turn) -> tuple[str, ...]:
        """Return the URL of a fresh clip for each of the words; none at all if one has none now.

        So a turn never changes its voice half-way. Words that no voice can say keep their clips.
        """
        utterances = turn.must + turn.may
        names = [self._clips.play(words) for words in utterances]
        if not all(names):
            pairs = zip(utterances, names, strict=True)
            names = [name if words.language in self._recorded else "" for words, name in pairs]
        if not any(names):
            return ()
        return tuple(name and self._audio_root + name for name in names)

    def now(self) -> dt.datetime:
        """Return the moment by which answers are given."""
        return self._clock()

    def whisper(self) -> Response:
        """Ask the person on call, who has answered, whether they take the call."""
        webhook = _request().webhook
        language, number = webhook.query.get("language", ""), webhook.values.get("To", "")
        answer = twiml.whisper(self.script, self._root, _hash(webhook), language, number)
        return _xml(answer)

    def pressed(self) -> Response:
        """Put the caller through (1) or block them (5), as the person on call has pressed."""
        webhook = _request().webhook
        keys = webhook.values.get("Digits", "")
        if keys == twiml.TAKES:
            self._telemetry.call_taken(webhook)
        if keys == twiml.BLOCKS and (caller := _hash(webhook)) and not webhook.is_rehearsal:
            self.limits.block(caller, webhook)
        return _xml(twiml.pressed(keys))

    def call_back(self, token: str) -> Response:
        """Ring the caller of a message, if the operator whose telephone was rung has pressed 1."""
        number = unseal(self._settings, token)
        keys = _request().webhook.values.get("Digits", "")
        return _xml(call_back.connect(self.script, number, keys))

    def status(self) -> Response:
        """Record a status callback; no TwiML is wanted (Twilio: 204 is a good answer)."""
        self._telemetry.call_status(_request().webhook)
        return Response(status=204)

    def recorded(self, language: str, safe: int) -> Response:
        """Record that a recording is ready, or came to nothing; no TwiML is wanted."""
        self._telemetry.recording_status(_request().webhook, language, safe=bool(safe))
        return Response(status=204)

    def fallback(self) -> Response:
        """Serve the carrier's fallback URL: fixed and public, so that no lost token can stop it."""
        current = _request()
        if not self._settings.demo and not current.environ.get(REHEARSAL):
            self._count_fallback(current)
        return _xml(self._lifeboat(current.webhook))

    def _count_fallback(self, current: WebhookRequest) -> None:
        """Count a fallback that the carrier fetched; anybody else may look at it uncounted."""
        if self._is_signed(current):
            self._telemetry.lifeboat_served("the carrier asked for its fallback")
        elif self.refusals.names_account(current):
            # The signature fails here for the same reason for which the call was refused.
            self.refusals.report(current)
            self._telemetry.lifeboat_served(
                "the carrier asked for its fallback, and its signature is not valid here"
            )

    def on_error(self, error: Exception) -> Response | HTTPException:
        """Answer any failure with the lifeboat; a refusal stays a refusal."""
        if isinstance(error, HTTPException):
            return error
        return self.lifeboat(error)

    def lifeboat(self, error: Exception) -> Response:
        """Answer a failure in Flask with the lifeboat."""
        try:
            webhook = _request().webhook
        except Exception:  # noqa: BLE001 the request cannot be read, and the caller waits
            is_rehearsal = REHEARSAL in request.environ
            webhook = Webhook({}, {}, "", "", time.perf_counter(), is_rehearsal, None)
        if UNCHECKED in request.environ:
            webhook = webhook._replace(is_rehearsal=True)
        return _xml(self._failed(error, webhook))

    def _failed(self, error: Exception, webhook: Webhook) -> bytes:
        """Log a failure, alert the operators, and return the lifeboat."""
        log.error("lifeboat served", exc_info=error)
        if not webhook.is_rehearsal:
            self._telemetry.lifeboat_served(type(error).__name__)
        return self._lifeboat(webhook)

    def _lifeboat(self, webhook: Webhook) -> bytes:
        """Return the lifeboat, which dials with the number that was called, as other turns do.

        Dialled without one, a carrier shows the caller's number, or refuses a withheld one.
        """
        try:
            return self._lifeboat_of(own_number(self.script, webhook))
        except Exception:
            log.exception("the lifeboat is served without a caller id")
            return self._lifeboat_document


def _is_common(path: str, webhook: Webhook, event: Event) -> bool:
    """Tell whether many callers make the same request, so that its answer is worth caching."""
    match event:
        case Silence():
            is_usual = True
        case Key(keys):
            is_usual = len(keys) == 1
        case DialEnded(seconds=seconds):
            is_usual = not seconds
        case _:
            is_usual = False
    length = len(path) + len(webhook.query_string)
    return is_usual and length < MAX_CACHED_CHARACTERS and not webhook.is_rehearsal


def _hash(webhook: Webhook) -> str:
    """Return the hash of a caller that a URL of ours holds; "" if it holds no hash."""
    text = webhook.query.get("caller", "")
    return text if re.fullmatch(r"[0-9a-f]{32}", text) else ""


def _request() -> WebhookRequest:
    """Return Flask's request, which `create_app` makes a `WebhookRequest`."""
    return cast("WebhookRequest", request)


def _xml(document: bytes) -> Response:
    return Response(document, content_type=twiml.CONTENT_TYPE)
