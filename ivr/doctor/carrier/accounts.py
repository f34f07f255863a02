"""Checks of the account: whether it is active and paid, and how many calls it takes at once."""

import datetime as dt
from dataclasses import replace
from email.utils import parsedate_to_datetime

import phonenumbers

from ivr.carrier.client import client, map_carrier_errors, media
from ivr.doctor.check import CheckContext, CheckResult, failed, ok, warning
from ivr.errors import CarrierError
from ivr.script.model import EMERGENCY_NUMBER

LOW_BALANCE = 20
"""The balance, in the account's currency, below which the doctor warns. It pays for a dozen long
calls with a transfer (docs/go-live.md)."""

SKEW_SECONDS = 60
"""Seconds that this machine's clock may be off. A clock that the network sets is within one."""

CAPPED_SINCE = dt.datetime(2026, 2, 3, tzinfo=dt.UTC)
"""The day since which accounts that leave their trial may have 2 calls at once until a customer
profile is approved, and 3 with an individual's profile
(https://support.twilio.com/hc/en-us/articles/223180028)."""


def account(context: CheckContext) -> CheckResult:
    """Is the account active, and not a trial account?"""
    with map_carrier_errors("look at the account"):
        details = client(context.own_account).api.accounts(context.own_account.sid).fetch()
    if details.status != "active":
        return failed(f"the account is {details.status}", "see the notice in your Twilio console")
    if details.type == "Trial":
        return failed(
            "it is a trial account: callers hear an advert, and only verified numbers are rung",
            "upgrade it in your Twilio console",
        )
    return ok(f"{details.friendly_name or context.own_account.sid} is active")


def token(context: CheckContext) -> CheckResult:
    """Do all tokens in TWILIO_AUTH_TOKEN belong to the account?"""
    valid = []
    for one in context.settings.auth_tokens:
        try:
            with map_carrier_errors("try a token"):
                as_one = replace(context.own_account, token=one)
                client(as_one).api.accounts(context.own_account.sid).fetch()
        except CarrierError as e:
            if e.status != UNAUTHORIZED:
                raise
        else:
            valid.append(one)
    count = len(context.settings.auth_tokens)
    if len(valid) < count:
        return warning(
            f"{count - len(valid)} of the {count} tokens in TWILIO_AUTH_TOKEN no longer belongs to"
            " the account, but requests signed with it are still accepted",
            "take it out of TWILIO_AUTH_TOKEN and start the line again",
        )
    if count > 1:
        return warning(
            "two tokens are accepted: one is being rotated",
            "when the new one is the primary one, take the old one out of TWILIO_AUTH_TOKEN",
        )
    return ok("one token, the account's own")


UNAUTHORIZED = 401


def balance(context: CheckContext) -> CheckResult:
    """Is the balance high enough for calls?"""
    with map_carrier_errors("look at the balance"):
        balance = client(context.own_account).api.account.balance.fetch()
    left, currency = float(balance.balance), balance.currency
    if left <= 0:
        return failed(f"{left:.2f} {currency}: no call is taken", "pay in, with automatic recharge")
    if left < LOW_BALANCE:
        return warning(f"{left:.2f} {currency} are left", "pay in, or turn automatic recharge on")
    return ok(f"{left:.2f} {currency}")


def capacity(context: CheckContext) -> CheckResult:
    """How many simultaneous calls may the account have? A connected caller counts as two."""
    asking = client(context.own_account)
    with map_carrier_errors("look at the customer profiles"):
        profiles = asking.trusthub.v1.customer_profiles.list(status="twilio-approved")
        names = [
            str(asking.trusthub.v1.policies(p.policy_sid).fetch().friendly_name) for p in profiles
        ]
        made = asking.api.accounts(context.own_account.sid).fetch().date_created
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


def clock(context: CheckContext) -> CheckResult:
    """Does this machine's clock agree with the carrier's?"""
    with media(context.own_account, "Balance.json", "read the carrier's clock") as answer:
        date = answer.headers.get("Date", "")
    try:
        skew = abs((parsedate_to_datetime(date) - context.now).total_seconds())
    except ValueError:
        return warning(
            "the carrier does not send its time", "compare this machine's clock with yours"
        )
    if skew > SKEW_SECONDS:
        return failed(
            f"this machine's clock is {skew:.0f} s off: opening hours and certificates go wrong",
            "let the network set it: timedatectl set-ntp true",
        )
    return ok("agrees with the carrier's")


def countries(context: CheckContext) -> CheckResult:
    """May the account call every number that the line may dial?"""
    numbers = context.own_script.numbers - {EMERGENCY_NUMBER}
    regions = {phonenumbers.region_code_for_number(phonenumbers.parse(n, None)) for n in numbers}
    shut, open_to_fraud = [], []
    for region in sorted(r for r in regions if r):
        with map_carrier_errors("look up the countries that may be called"):
            permissions = client(context.own_account).voice.v1.dialing_permissions
            country = permissions.countries(region).fetch()
        if not country.low_risk_numbers_enabled:
            shut.append(region)
        if country.high_risk_tollfraud_numbers_enabled:
            open_to_fraud.append(region)
    where = "in your Twilio console: Voice, Settings, Geo permissions"
    if shut:
        return failed(f"numbers in {', '.join(shut)} may not be called", f"allow them {where}")
    if open_to_fraud:
        listed = ", ".join(open_to_fraud)
        return warning(f"numbers known for fraud in {listed} may be called", f"forbid them {where}")
    return ok(f"numbers in {', '.join(sorted(r for r in regions if r))} may be called")
