"""Checks of the line by its public URL: the certificate, and what the line says of itself."""

import datetime as dt
import socket
import ssl
from urllib.parse import urlsplit

import requests

from ivr.doctor.check import CheckContext, CheckResult, failed, ok, warning

RENEW_DAYS = 14
"""Days of validity below which renewal must have failed: a 90-day certificate is renewed at 30."""

CONNECT_SECONDS = 10


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
