"""What an operator sets in the environment is taken as it is meant, or refused with a remedy."""

from pathlib import Path

import pytest

from ivr.errors import SettingsError
from ivr.settings import Settings, email_addresses, unread

TAKEN = [
    ("IVR_STATE", "~/ivr", "state", Path.home() / "ivr"),
    ("IVR_DAY_KEYS", "~/keys", "day_keys", Path.home() / "keys"),
    ("IVR_AUDIO", "OFF", "audio", False),
    ("IVR_AUDIO", "on", "audio", True),
    ("IVR_METRICS", "Exact", "metrics_exact", True),
    (
        "IVR_PUBLIC_URL",
        "https://línea.example.org/",
        "public_url",
        "https://xn--lnea-vpa.example.org",
    ),
    (
        "IVR_ALERT_WEBHOOK",
        "https://a.org/hook?to=https://b.org,c",
        "alert_webhook",
        "https://a.org/hook?to=https://b.org,c",
    ),
    ("TWILIO_AUTH_TOKEN", '"abc"\r', "auth_tokens", ("abc",)),
    ("IVR_RECORDING_PIN", "maria: 73910462", "recording_pin", "maria: 73910462"),
]


@pytest.mark.parametrize(("variable", "text", "name", "value"), TAKEN)
def test_a_habit_whose_meaning_is_certain_is_taken(
    variable: str, text: str, name: str, value: object
) -> None:
    assert getattr(Settings.from_env({variable: text}), name) == value


@pytest.mark.parametrize(
    "text", ["a@x.org; b@x.org", "a@x.org\nb@x.org", "a@x.org,, b@x.org", "a@x.org, b@x.org;"]
)
def test_every_recipient_of_alerts_counts_however_they_are_separated(text: str) -> None:
    settings = Settings.from_env({"IVR_ALERT_EMAIL": text})
    addresses = [address.addr_spec for address in email_addresses(settings.alert_email)]
    assert addresses == ["a@x.org", "b@x.org"]


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("IVR_ALERT_EMAIL", "a@"),
        ("IVR_ALERT_EMAIL", "@x"),
        ("IVR_ALERT_EMAIL", "a@x b@x"),
        ("IVR_ALERT_EMAIL", "a@x.org, b"),
        ("IVR_ALERT_FROM", "a@"),
        ("IVR_STATE", "~nobody-has-this-name/ivr"),
        ("TWILIO_ACCOUNT_SID", "AC12 3"),
        ("TWILIO_ACCOUNT_SID", "AC12\u200b3"),
        ("IVR_PUBLIC_URL", "https://a.org,https://b.org"),
        ("IVR_PUBLIC_URL", "https://a.org,b.org"),
        ("IVR_PUBLIC_URL", "https://https://a.org"),
        ("IVR_PUBLIC_URL", "https://a.org/readyz"),
        ("IVR_FALLBACK_URL", "https://a.org/lifeboat.xml,https://b.org/lifeboat.xml"),
        ("IVR_ALERT_WEBHOOK", "https://a.org/hush,https://b.org/y"),
        ("IVR_ALERT_WEBHOOK", "https://a.org,https://b.org/hush"),
        ("IVR_ALERT_WEBHOOK", "https://https://a.org/hush"),
        ("IVR_METRICS_TOKEN", "hush hush"),
        ("IVR_METRICS_TOKEN", "hush\u2019"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_name(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=variable) as refused:
        Settings.from_env({variable: text})
    assert "hush" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_variable_that_cannot_be_used_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"IVR_AUDIO": "loud", "IVR_PUBLIC_URL": "line"})
    assert [line.split()[0] for line in str(refused.value).splitlines()] == [
        "IVR_PUBLIC_URL",
        "IVR_AUDIO",
    ]


def test_a_variable_that_nothing_reads_is_named_and_those_of_other_programs_are_not() -> None:
    variables = {"IVR_ALERT_MAIL": "a@x.org", "ivr_state": "/x", "TWILIO_AUTHTOKEN": "hush"}
    others = {"IVR_HOST": "line.example.org", "TWILIO_PROFILE": "x", "PATH": "/bin"}
    lines = unread(variables | others)
    assert [line.partition(":")[0].split()[-1] for line in lines] == sorted(variables)
    assert all("did you mean" in line for line in lines)
    assert "hush" not in "".join(lines)
