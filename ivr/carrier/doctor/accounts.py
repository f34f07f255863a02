"""Rows about the account: is it there and paid, and how many calls does it take?"""

import datetime as dt
from dataclasses import replace
from email.utils import parsedate_to_datetime

import phonenumbers

from ivr.carrier.client import client, map_carrier_errors, media
from ivr.carrier.doctor.check import Finding, Look, failed, ok, warning
from ivr.errors import CarrierError
from ivr.script.model import EMERGENCY_NUMBER

LOW_BALANCE = 20
"""In the account's currency: a dozen long calls with a transfer (docs/go-live.md)."""

SKEW_SECONDS = 60
"""The same as many who sign with the time allow; a clock that is set by the network is within 1."""

CAPPED_SINCE = dt.datetime(2026, 2, 3, tzinfo=dt.UTC)
"""Accounts that left their trial from this day on have 2 calls at once until a customer profile is
approved, 3 with an individual's (Twilio support, 223180028)."""


def account(look: Look) -> Finding:
    """Is the account there, and may it be used?"""
    with map_carrier_errors("look at the account"):
        told = client(look.account).api.accounts(look.account.sid).fetch()
    if told.status != "active":
        return failed(f"the account is {told.status}", "see the notice in your Twilio console")
    if told.type == "Trial":
        return failed(
            "it is a trial account: callers hear an advert, and only verified numbers are rung",
            "upgrade it in your Twilio console",
        )
    return ok(f"{told.friendly_name or look.account.sid} is active")


def token(look: Look) -> Finding:
    """Is each token that requests may be signed with one of the account's?"""
    known = []
    for one in look.settings.auth_tokens:
        try:
            with map_carrier_errors("try a token"):
                as_one = replace(look.account, token=one)
                client(as_one).api.accounts(look.account.sid).fetch()
        except CarrierError as e:
            if e.status != UNAUTHORIZED:
                raise
        else:
            known.append(one)
    count = len(look.settings.auth_tokens)
    if len(known) < count:
        return warning(
            f"{count - len(known)} of the {count} tokens in TWILIO_AUTH_TOKEN no longer belongs to"
            " the account, but requests that bear it are still believed",
            "take it out of TWILIO_AUTH_TOKEN and start the line again",
        )
    if count > 1:
        return warning(
            "two tokens are believed: one is being rotated",
            "when the new one is the primary one, take the old one out of TWILIO_AUTH_TOKEN",
        )
    return ok("one token, the account's own")


UNAUTHORIZED = 401


def balance(look: Look) -> Finding:
    """Is there money for calls?"""
    with map_carrier_errors("look at the balance"):
        told = client(look.account).api.account.balance.fetch()
    left, currency = float(told.balance), told.currency
    if left <= 0:
        return failed(f"{left:.2f} {currency}: no call is taken", "pay in, with automatic recharge")
    if left < LOW_BALANCE:
        return warning(f"{left:.2f} {currency} are left", "pay in, or turn automatic recharge on")
    return ok(f"{left:.2f} {currency}")


def capacity(look: Look) -> Finding:
    """How many calls at once does the account take? A caller who is connected counts twice."""
    asking = client(look.account)
    with map_carrier_errors("look at the customer profiles"):
        profiles = asking.trusthub.v1.customer_profiles.list(status="twilio-approved")
        names = [
            str(asking.trusthub.v1.policies(p.policy_sid).fetch().friendly_name) for p in profiles
        ]
        made = asking.api.accounts(look.account.sid).fetch().date_created
    business = "have a business profile approved in Trust Hub, in your Twilio console"
    if any("individual" not in name.lower() for name in names):
        return ok("an approved business profile: no limit on calls at once")
    if names:
        return warning(
            "an individual's profile: 3 calls at once, and a connected caller counts as 2", business
        )
    if made is not None and made < CAPPED_SINCE:
        return warning(
            "no approved profile: no limit if the account left its trial before 3 February 2026,"
            " else 2 calls at once, and a connected caller counts as 2",
            business,
        )
    return failed(
        "no approved profile: 2 calls at once, and a connected caller counts as 2, so that the next"
        " caller is turned away",
        business,
    )


def clock(look: Look) -> Finding:
    """Does this machine's clock agree with the carrier's?"""
    with media(look.account, "Balance.json", "read the carrier's clock") as answer:
        said = answer.headers.get("Date", "")
    try:
        skew = abs((parsedate_to_datetime(said) - dt.datetime.now(dt.UTC)).total_seconds())
    except ValueError:
        return warning("the carrier does not tell its time", "compare this machine's with yours")
    if skew > SKEW_SECONDS:
        return failed(
            f"this machine's clock is {skew:.0f} s off: opening hours and certificates go wrong",
            "let the network set it: timedatectl set-ntp true",
        )
    return ok("agrees with the carrier's")


def countries(look: Look) -> Finding:
    """May the account ring all whom the line may dial?"""
    numbers = look.script.numbers - {EMERGENCY_NUMBER}
    regions = {phonenumbers.region_code_for_number(phonenumbers.parse(n, None)) for n in numbers}
    shut, open_to_fraud = [], []
    for region in sorted(r for r in regions if r):
        with map_carrier_errors("look at the countries that may be rung"):
            told = client(look.account).voice.v1.dialing_permissions.countries(region).fetch()
        if not told.low_risk_numbers_enabled:
            shut.append(region)
        if told.high_risk_tollfraud_numbers_enabled:
            open_to_fraud.append(region)
    where = "in your Twilio console: Voice, Settings, Geo permissions"
    if shut:
        return failed(f"numbers in {', '.join(shut)} may not be rung", f"allow them {where}")
    if open_to_fraud:
        listed = ", ".join(open_to_fraud)
        return warning(f"numbers known for fraud in {listed} may be rung", f"forbid them {where}")
    return ok(f"numbers in {', '.join(sorted(r for r in regions if r))} may be rung")
