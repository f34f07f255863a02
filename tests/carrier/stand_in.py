"""A stand-in for the carrier's REST API, over HTTP on this machine: it remembers, and it can fail.

Its answers have the form that Twilio's own description gives them. The fixture `carrier` is one;
`carrier.settings` is what points the program to it.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from flask import Flask, Response, abort, jsonify, request
from werkzeug.datastructures import ImmutableMultiDict

from ivr.carrier.client import Account
from ivr.cli.local_server import on_loopback

SID, TOKEN = "AC" + "0" * 32, "0123456789abcdef0123456789abcdef"
NUMBER = "+12025550100"
NUMBER_SID = "PN" + "0" * 31 + "1"
WAV = b"RIFF....WAVEfmt a few sounds"

ROOT = f"/2010-04-01/Accounts/{SID}"
HOSTS = {
    "/2010-04-01": "api.twilio.com",
    "/v1/CustomerProfiles": "trusthub.twilio.com",
    "/v1/Policies": "trusthub.twilio.com",
    "/v1/DialingPermissions": "voice.twilio.com",
    "/v1/Services": "messaging.twilio.com",
    "/v1/Tollfree": "messaging.twilio.com",
    "/v2/PhoneNumbers": "lookups.twilio.com",
}
"""What a path begins with → the carrier's host for it."""


@dataclass
class Asked:
    """A request that was made."""

    method: str
    host: str
    path: str
    form: ImmutableMultiDict[str, str]


@dataclass
class StandIn:
    """What the carrier knows of the account, and what it was asked. Tests look and change."""

    url: str = ""
    token: str = TOKEN
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    addresses: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    recordings: dict[str, bytes] = field(default_factory=dict)
    line_types: dict[str, str | None] = field(default_factory=dict)
    """Number → what line it is on (None: that is not known); all others are on mobile ones."""
    asked: list[Asked] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    account_fields: dict[str, Any] = field(default_factory=lambda: {**BLANK_ACCOUNT})
    money: str = "250.00"
    profiles: list[str] = field(
        default_factory=lambda: ["Primary Customer Profile of type Business"]
    )
    """The names of the policies to which an approved profile was made."""
    shut: set[str] = field(default_factory=set)
    fraud: set[str] = field(default_factory=set)
    """Countries that may not be rung, and those whose risky numbers may."""
    campaign: str | None = "VERIFIED"
    toll_free: str | None = None
    description: str = ""
    """The URL of a mock that knows the carrier's own description; requests are shown to it."""
    _troubles: deque[Callable[[], Response | None]] = field(default_factory=deque)
    _broken: dict[str, tuple[int, int]] = field(default_factory=dict)
    _slow: dict[str, float] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _halved: bool = False

    @property
    def account(self) -> Account:
        """Return the account, spoken to here."""
        return Account(SID, TOKEN, self.url)

    @property
    def settings(self) -> dict[str, str]:
        """Return the environment of a program that is to speak to this stand-in."""
        return {
            "TWILIO_ACCOUNT_SID": SID,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "IVR_CARRIER_API": self.url,
        }

    def add_number(self, number: str = NUMBER, sid: str = NUMBER_SID) -> dict[str, Any]:
        """Let the account own a number, which is set to nothing."""
        self.numbers[sid] = {**BLANK_NUMBER, "sid": sid, "phone_number": number}
        self.numbers[sid]["friendly_name"] = number
        return self.numbers[sid]

    def add_recording(self, digit: str = "1", sound: bytes = WAV) -> str:
        """Let the account hold a recording; return its SID."""
        sid = "RE" + digit * 32
        self.recordings[sid] = sound
        return sid

    def fails(
        self, status: int, times: int = 1, retry_after: int | None = None, code: int = 20001
    ) -> None:
        """Refuse the next requests."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        for _ in range(times):
            self._troubles.append(lambda: _error(status, code, f"trouble {status}", headers))

    def fails_at(self, path: str, status: int, code: int = 20001) -> None:
        """Refuse every request whose path has this in it."""
        self._broken[path] = status, code

    def hangs_at(self, path: str, seconds: float) -> None:
        """Keep every request waiting whose path has this in it."""
        self._slow[path] = seconds

    def hangs(self, times: int = 1, seconds: float = 5) -> None:
        """Keep the next requests waiting."""
        for _ in range(times):
            self._troubles.append(lambda: self._over.wait(seconds) and None)

    def breaks_off(self, times: int = 1) -> None:
        """Send half of the next answers."""
        for _ in range(times):
            self._troubles.append(self._halve)

    def _halve(self) -> None:
        self._halved = True

    def app(self) -> Flask:
        """Return the API as a web application."""
        app = Flask(__name__)
        app.before_request(self._before)
        app.after_request(self._after)
        for rule, methods, view in (
            (".json", "GET", lambda: jsonify(self.account_fields)),
            ("/Balance.json", "GET", self._balance),
            ("/Calls.json", "POST", self._call),
            ("/IncomingPhoneNumbers.json", "GET", self._list_numbers),
            ("/IncomingPhoneNumbers/<sid>.json", "GET POST", self._number),
            ("/Addresses.json", "GET POST", self._all_addresses),
            ("/Addresses/<sid>.json", "GET DELETE", self._address),
            ("/Messages.json", "POST", self._send),
            ("/Recordings/<sid>.json", "DELETE", self._delete_recording),
            ("/Recordings/<sid>.<kind>", "GET", self._sound),
        ):
            app.add_url_rule(ROOT + rule, rule, view, methods=methods.split())
        for rule, view in (
            ("/CustomerProfiles", self._profiles),
            ("/Policies/<sid>", self._policy),
            ("/DialingPermissions/Countries/<iso>", self._country),
            ("/Services", self._services),
            ("/Services/<sid>/PhoneNumbers", self._in_service),
            ("/Services/<sid>/Compliance/Usa2p", self._campaigns),
            ("/Tollfree/Verifications", self._toll_free),
        ):
            app.add_url_rule("/v1" + rule, rule, view)
        app.add_url_rule("/v2/PhoneNumbers/<number>", view_func=self._looked_up)
        app.register_error_handler(404, lambda _: _error(404, 20404, "not found"))
        return app

    def _before(self) -> Response | None:
        request.get_data()  # kept as it came, before the form is read
        host = request.headers["Host"]
        self.asked.append(Asked(request.method, host, request.path, request.values))
        if self._troubles and (trouble := self._troubles.popleft()()):
            return trouble
        for path, (status, code) in self._broken.items():
            if path in request.path:
                return _error(status, code, f"trouble {status}")
        for path, seconds in self._slow.items():
            if path in request.path:
                self._over.wait(seconds)
        credentials = request.authorization
        if not credentials or (credentials.username, credentials.password) != (SID, self.token):
            return _error(401, 20003, "Authenticate")
        if host not in [h for begin, h in HOSTS.items() if request.path.startswith(begin)]:
            return _error(404, 20404, f"{host} has no {request.path}")
        return self._described() if self.description else None

    def _described(self) -> Response | None:
        """Refuse what the carrier's own description of its API refuses, as Prism tells."""
        answer = requests.request(
            request.method,
            self.description + request.full_path,
            data=request.get_data(),
            headers={
                k: v for k, v in request.headers.items() if k in {"Authorization", "Content-Type"}
            },
            timeout=20,
        )
        if answer.status_code < 400:
            return None
        reasons = "; ".join(str(v["message"]) for v in answer.json().get("validation", []))
        return _error(400, 20001, f"not as described: {answer.status_code} {reasons}")

    def _after(self, answer: Response) -> Response:
        if self._halved:
            self._halved = False
            whole = answer.get_data()
            answer.set_data(whole[: len(whole) // 2])
            answer.headers["Content-Length"] = str(len(whole))
        return answer

    def _list_numbers(self) -> Response:
        wanted = request.args.get("PhoneNumber", "")
        matches = [n for n in self.numbers.values() if wanted in n["phone_number"]]
        return _page("incoming_phone_numbers", matches)

    def _number(self, sid: str) -> Response:
        if sid not in self.numbers:
            abort(404)
        for name, value in request.form.items():
            self.numbers[sid][_snake(name)] = value or None
        if "EmergencyAddressSid" in request.form:
            has = bool(request.form["EmergencyAddressSid"])
            self.numbers[sid]["emergency_address_status"] = "registered" if has else "unregistered"
        return jsonify(self.numbers[sid])

    def _all_addresses(self) -> Response:
        if request.method == "GET":
            return _page("addresses", list(self.addresses.values()))
        sid = f"AD{len(self.addresses):032x}"
        made = {_snake(name): value for name, value in request.form.items()}
        made["emergency_enabled"] = made.get("emergency_enabled") == "true"
        self.addresses[sid] = {"sid": sid, "account_sid": SID, **made}
        return _answer(self.addresses[sid], 201)

    def _address(self, sid: str) -> Response:
        if sid not in self.addresses:
            abort(404)
        if request.method == "DELETE":
            del self.addresses[sid]
            return Response(status=204)
        return jsonify(self.addresses[sid])

    def _send(self) -> Response:
        sid = f"SM{len(self.messages):032x}"
        form = {_snake(name): value for name, value in request.form.items()}
        form["status"] = "queued"
        self.messages.append({"sid": sid, "account_sid": SID, **form})
        return _answer(self.messages[-1], 201)

    def _call(self) -> Response:
        sid = f"CA{len(self.calls):032x}"
        form = {_snake(name): value for name, value in request.form.items()}
        self.calls.append({"sid": sid, "account_sid": SID, **form, "status": "queued"})
        return _answer(self.calls[-1], 201)

    def _balance(self) -> Response:
        return jsonify({"account_sid": SID, "balance": self.money, "currency": "USD"})

    def _profiles(self) -> Response:
        profiles = [
            {"sid": f"BU{i:032x}", "policy_sid": f"RN{i:032d}", "status": "twilio-approved"}
            for i, _ in enumerate(self.profiles)
        ]
        return _results("results", profiles)

    def _policy(self, sid: str) -> Response:
        return jsonify({"sid": sid, "friendly_name": self.profiles[int(sid.removeprefix("RN"))]})

    def _country(self, iso: str) -> Response:
        return jsonify(
            {
                "iso_code": iso,
                "low_risk_numbers_enabled": iso not in self.shut,
                "high_risk_tollfraud_numbers_enabled": iso in self.fraud,
            }
        )

    def _services(self) -> Response:
        services = [{"sid": "MG" + "0" * 32, "account_sid": SID}]
        return _results("services", services if self.campaign is not None else [])

    def _in_service(self, sid: str) -> Response:
        members = [{"sid": n["sid"], "service_sid": sid} for n in self.numbers.values()]
        return _results("phone_numbers", members)

    def _campaigns(self, sid: str) -> Response:
        campaigns = [{"sid": "QE" + "0" * 32, "campaign_status": self.campaign}]
        return _results("compliance", campaigns if self.campaign else [])

    def _toll_free(self) -> Response:
        verifications = [{"sid": "HH" + "0" * 32, "status": self.toll_free}]
        return _results("verifications", verifications if self.toll_free else [])

    def _looked_up(self, number: str) -> Response:
        kind = self.line_types.get(number, "mobile")
        error = None if kind else 60601  # Canada, to accounts without permission
        wanted = "line_type_intelligence" in request.args.get("Fields", "")
        line_type = {"type": kind, "carrier_name": "A carrier", "error_code": error}
        lookup = {"phone_number": number, "country_code": "US", "valid": True}
        return jsonify({**lookup, "line_type_intelligence": line_type if wanted else None})

    def _sound(self, sid: str, kind: str) -> Response:
        if sid not in self.recordings:
            abort(404)
        sound = self.recordings[sid]
        answer = Response(sound, content_type=f"audio/x-{kind}")
        return answer.make_conditional(
            request.environ, accept_ranges=True, complete_length=len(sound)
        )

    def _delete_recording(self, sid: str) -> Response:
        if self.recordings.pop(sid, None) is None:
            abort(404)
        return Response(status=204)


BLANK_ACCOUNT: dict[str, Any] = {
    "sid": SID,
    "friendly_name": "County Family Services",
    "status": "active",
    "type": "Full",
    "date_created": "Tue, 03 Mar 2026 10:00:00 +0000",
}
BLANK_NUMBER: dict[str, Any] = {
    "account_sid": SID,
    "voice_url": None,
    "voice_method": "POST",
    "voice_fallback_url": None,
    "voice_fallback_method": "POST",
    "status_callback": None,
    "status_callback_method": "POST",
    "voice_application_sid": None,
    "trunk_sid": None,
    "emergency_address_sid": None,
    "emergency_address_status": "unregistered",
    "voice_receive_mode": "voice",
    "sms_url": None,
    "sms_method": "POST",
    "sms_application_sid": None,
}


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _answer(body: dict[str, Any], status: int) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer


def _page(name: str, items: list[dict[str, Any]]) -> Response:
    more = {"next_page_uri": None, "page": 0, "page_size": 50, "uri": request.path}
    return jsonify({name: items, **more})


def _results(name: str, items: list[dict[str, Any]]) -> Response:
    meta = {"key": name, "next_page_url": None, "page": 0, "page_size": 50, "url": request.url}
    return jsonify({name: items, "meta": meta})


def _error(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> Response:
    answer = _answer({"code": code, "message": message, "status": status}, status)
    answer.headers.update(headers or {})
    return answer


@pytest.fixture
def carrier() -> Iterator[StandIn]:
    """Return the carrier, at which the account owns one number."""
    stand_in = StandIn()
    stand_in.add_number()
    with on_loopback(stand_in.app()) as url:
        stand_in.url = url.removesuffix("/voice")
        yield stand_in
        stand_in._over.set()
