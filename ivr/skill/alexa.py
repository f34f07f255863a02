"""Alexa's requests and answers, as JSON.

See https://developer.amazon.com/docs/alexa/custom-skills/request-and-response-json-reference.html

No id of a user or a device is read from a request.
"""

import datetime as dt
from typing import Annotated, Any

from pydantic import AliasPath, AwareDatetime, BaseModel, ConfigDict, Field

from ivr.dialog import Place
from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.skill.conversation import read_place, respond
from ivr.skill.intents import meanings
from ivr.skill.meaning import NOTHING, OPEN
from ivr.skill.sayings import Answer, context_at
from ivr.skill.speech_markup import ssml

MAX_BYTES = 65_536
"""Bytes of the longest request that is read; Alexa's have about 3,000."""

FRESH_SECONDS = 150
"""How much older or newer than our clock a request may be
(https://developer.amazon.com/docs/alexa/custom-skills/host-a-custom-skill-as-a-web-service.html)."""

_PLACE = "place"


def _at(*path: str, longest: int | None = None) -> Any:  # noqa: ANN401 as pydantic has it
    """Return a field that stands at a path of the request; with `longest` characters at most."""
    return Field(validation_alias=AliasPath(*path), max_length=longest)


class Envelope(BaseModel):
    """A request of Alexa's, as far as the skill looks at it. Raises ValidationError for another."""

    model_config = ConfigDict(frozen=True)

    skill_id: str = _at("context", "System", "application", "applicationId", longest=256)
    """The id of the skill that the request is meant for."""
    kind: str = _at("request", "type", longest=128)
    timestamp: AwareDatetime = _at("request", "timestamp")
    locale: Annotated[str, _at("request", "locale", longest=16)] = ""
    intent: Annotated[str, _at("request", "intent", "name", longest=128)] = ""
    reason: Annotated[str, _at("request", "reason", longest=64)] = ""
    session: dict[str, Any] | None = None
    attributes: Annotated[dict[str, Any] | None, _at("session", "attributes")] = None

    @property
    def is_end(self) -> bool:
        """Whether Alexa tells that a session has ended, which is answered with nothing."""
        return self.kind == "SessionEndedRequest"

    @property
    def begins(self) -> bool:
        """Whether a session begins."""
        return not self.session or bool(self.session.get("new")) or self.kind == "LaunchRequest"

    @property
    def place_url(self) -> str:
        """The place that the session is at; empty if it begins."""
        return "" if self.begins else str((self.attributes or {}).get(_PLACE, ""))

    def is_fresh(self, now: dt.datetime) -> bool:
        """Return whether the request is neither old nor of a time to come."""
        return abs((now - self.timestamp).total_seconds()) <= FRESH_SECONDS


def language_of(script: Script, locale: str) -> str:
    """Return the language of the line that is nearest to a locale, or its default."""
    for code in script.words:
        if locale == script.line.languages[code].speech:
            return code
    prefix = locale.partition("-")[0]
    codes = [code for code in script.words if code.partition("-")[0] == prefix]
    return codes[0] if prefix and codes else script.line.default_language


def place_of(script: Script, envelope: Envelope) -> Place:
    """Return the place at which the caller is."""
    language = language_of(script, envelope.locale)
    return read_place(script, language, envelope.place_url)


def meaning_of(script: Script, envelope: Envelope) -> str:
    """Return what the caller means. An intent that the script does not have means nothing."""
    if envelope.kind == "LaunchRequest":
        return OPEN
    meaning = meanings(script).get(envelope.intent, NOTHING)
    return OPEN if meaning == NOTHING and envelope.begins else meaning


def answered(script: Script, envelope: Envelope, duty: Duty) -> Answer:
    """Return the answer to a request. `script` is in the words of a speaker."""
    meaning = meaning_of(script, envelope)
    return respond(script, "alexa", place_of(script, envelope), meaning, duty)


def document(answer: Answer) -> dict[str, Any]:
    """Return an answer as the JSON that Alexa takes. No card is left, and no screen shows it."""
    response: dict[str, Any] = {
        "outputSpeech": {"type": "SSML", "ssml": ssml(answer.words)},
        "shouldEndSession": answer.ends,
    }
    if answer.reprompt:
        speech = {"type": "SSML", "ssml": ssml(answer.reprompt)}
        response["reprompt"] = {"outputSpeech": speech}
    attributes = {} if answer.ends else {_PLACE: answer.place.url()}
    return {"version": "1.0", "sessionAttributes": attributes, "response": response}


NOTHING_SAID: dict[str, Any] = {"version": "1.0", "response": {}}
"""The answer to the end of a session, which may say nothing."""


def lifeboat(script: Script, language: str) -> dict[str, Any]:
    """Return what is said if the skill could not answer as it should: 911, and a number."""
    place = Place(language, script.graph.person)
    words = (context_at(script, place).spoken("lifeboat", slow=True),)
    return document(Answer(place, words, ends=True))
