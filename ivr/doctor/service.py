"""Checks of what the line does besides calls, of what it needs from others, and of its URL."""

import datetime as dt
import re
import socket
import ssl
from urllib.parse import urlsplit

import requests

from ivr import pins
from ivr.alerts.delivery import Delivery
from ivr.doctor.check import CheckContext, CheckResult, failed, ok, warning
from ivr.schedule.on_call import LOOPBACK_HOSTS

RENEW_DAYS = 14
"""Days of validity below which renewal must have failed: a 90-day certificate is renewed at 30."""

CONNECT_SECONDS = 10


def public_url(context: CheckContext) -> CheckResult:
    """Is IVR_PUBLIC_URL one that the carrier can call, by https?"""
    if context.settings.demo:
        return ok("the demo is called from this machine alone")
    url = urlsplit(context.settings.public_url)
    if not url.hostname:
        return failed(
            "IVR_PUBLIC_URL is not set: behind a proxy every call is refused",
            "set it to the URL that the carrier calls, as https://line.example.org",
        )
    if url.hostname in LOOPBACK_HOSTS:
        return failed(f"{url.hostname} is this machine: no carrier reaches it", "name a public one")
    if url.scheme != "https":
        return failed("it is without https: calls can be read and changed on the way", "use https")
    if not context.settings.fallback_url:
        return warning(
            f"{url.geturl()}; IVR_FALLBACK_URL is not set, so the fallback fails with the line",
            "host the output of `ivr twilio lifeboat` elsewhere, and set IVR_FALLBACK_URL",
        )
    return ok(
        f"{url.geturl()}, with a fallback at {urlsplit(context.settings.fallback_url).netloc}"
    )


def account(context: CheckContext) -> CheckResult:
    """Are the carrier's token and account set, and do they look like the carrier's?"""
    settings = context.settings
    if settings.demo:
        return ok("the demo needs none")
    if variable := settings.missing_account:
        return failed(f"{variable} is not set, so the line does not start", f"set {variable}")
    if settings.carrier_api:
        return ok(f"set; requests to the carrier go to {settings.carrier_api}")
    is_twilio = context.script is None or context.script.line.carrier == "twilio"
    if is_twilio and not re.fullmatch(r"AC[0-9a-f]{32}", settings.account_sid):
        return warning(
            "TWILIO_ACCOUNT_SID is not AC and 32 digits or letters a to f",
            "copy it again from the Account Info of your Twilio console",
        )
    return ok("TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are set")


def alerts(context: CheckContext) -> CheckResult:
    """Does somebody get alerts? A test alert is sent if the context says by whom."""
    delivery = Delivery(context.settings)
    if not delivery.has_address:
        return warning(
            "nobody learns of trouble with the line",
            "set IVR_ALERT_EMAIL (with IVR_SMTP_URL) or IVR_ALERT_WEBHOOK",
        )
    if not context.sends_alert:
        return ok(f"to {', '.join(delivery.recipients)}; `ivr alert test` tries it")
    attempts = delivery.test(context.sends_alert)
    text = "; ".join(f"{attempt.recipient}: {attempt.error or 'sent'}" for attempt in attempts)
    if any(attempt.error for attempt in attempts):
        return failed(text, "look at IVR_SMTP_URL, IVR_ALERT_EMAIL and IVR_ALERT_WEBHOOK")
    return ok(f"a test alert is sent; {text}")


def metrics(context: CheckContext) -> CheckResult:
    """Who may read /metrics, and does it show single calls?"""
    who = "with the token" if context.settings.metrics_token else "from this machine alone"
    if context.settings.metrics_exact:
        return warning(f"read {who}; a single call can be seen there", "unset IVR_METRICS")
    return ok(f"read {who}; rounded, so that no single call shows")


def recording_menu(context: CheckContext) -> CheckResult:
    """Who may record prompts by telephone?"""
    if not context.settings.recording_pin:
        return ok("off: IVR_RECORDING_PIN is not set")
    people = [name for name, _ in pins.read(context.settings.recording_pin)]
    if pins.ANYBODY in people:
        return warning(
            "a PIN has no name, so nobody can tell who recorded a prompt",
            "give each person a PIN, as name:PIN with commas between",
        )
    return ok(f"for {', '.join(people)}")


def speed(context: CheckContext) -> CheckResult:
    """Does the fast path answer calls?"""
    if context.settings.fast_path:
        return ok("calls are answered on the fast path")
    return warning("IVR_FAST_PATH=off is slower, and for debugging", "unset IVR_FAST_PATH")


def certificate(context: CheckContext) -> CheckResult:
    """Is the public URL's certificate trusted, and for how many days is it valid?"""
    url = urlsplit(context.settings.public_url)
    renew = "renew it; Caddy does so by itself"
    host, port = url.hostname or "", url.port or 443
    tls = ssl.create_default_context(cafile=requests.adapters.DEFAULT_CA_BUNDLE_PATH)
    try:
        with (
            socket.create_connection((host, port), CONNECT_SECONDS) as raw,
            tls.wrap_socket(raw, server_hostname=host) as secured,
        ):
            certificate = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as e:
        return failed(f"the certificate is not trusted: {e.verify_message}", renew)
    except OSError as e:
        why = e.strerror or type(e).__name__
        return failed(f"{host}:{port} cannot be reached: {why}", "is the proxy running there?")
    until = dt.datetime.fromtimestamp(
        ssl.cert_time_to_seconds(str(certificate["notAfter"])), dt.UTC
    )
    days = (until - context.now).days
    if days < RENEW_DAYS:
        return warning(f"it ends in {days} days", renew)
    return ok(f"good for {days} days")


def ready(context: CheckContext) -> CheckResult:
    """Does /readyz say that calls can be taken, the records written, and that no worker is down?"""
    url = f"{context.settings.public_url}/readyz"
    try:
        answer = requests.get(
            url,
            timeout=CONNECT_SECONDS,
            allow_redirects=False,
            verify=requests.adapters.DEFAULT_CA_BUNDLE_PATH,
        )
    except requests.RequestException as e:
        return failed(f"/readyz does not answer ({type(e).__name__})", "is the line running?")
    if answer.status_code != requests.codes.ok or not answer.text.startswith("ok"):
        return failed(
            f"/readyz answers with {answer.status_code}", "is it ivr that answers at that URL?"
        )
    trouble = [line for line in answer.text.splitlines()[1:] if not line.endswith(": ok")]
    if trouble:
        return warning("; ".join(trouble), "see the line's log")
    return ok("takes calls and writes its records, and every worker runs")
