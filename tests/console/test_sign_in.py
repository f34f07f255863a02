"""Who comes in, and who need not."""

import re
from dataclasses import replace

import pytest
from werkzeug.security import generate_password_hash

from ivr.accounts import operators, passwords
from ivr.database.engine import open_and_migrate
from ivr.settings import Settings
from tests.console.conftest import NAME, PASSWORD, Comes, Visitor

CLOSED = ["/", "/map", "/map/signs", "/script/en", "/phone"]


@pytest.mark.parametrize("path", CLOSED)
def test_a_page_asks_for_the_sign_in_and_comes_back_to_itself(visitor: Visitor, path: str) -> None:
    answer = visitor.client.get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in")
    visitor.signs_in(next=path)
    assert visitor.client.get(path).status_code == 200


def test_after_the_sign_in_nobody_is_sent_to_another_site(visitor: Visitor) -> None:
    for target in (
        "https://example.org/",
        "//example.org",
        "/\\example.org",
        "javascript:alert(1)",
    ):
        assert visitor.signs_in(next=target).location == "/"


def test_after_the_sign_out_pages_are_closed_again(operator: Visitor) -> None:
    operator.sees("/")
    assert operator.client.get("/sign-out").status_code == 405
    operator.sends("/sign-out")
    assert operator.client.get("/").status_code == 302


def test_ten_bad_passwords_make_the_name_wait_even_with_the_right_one(visitor: Visitor) -> None:
    for _ in range(10):
        assert visitor.signs_in(password="not hers at all").status_code == 401
    refused = visitor.signs_in()
    assert refused.status_code == 429
    assert "please try again then" in refused.text


def test_good_passwords_do_not_count(visitor: Visitor) -> None:
    for _ in range(12):
        assert visitor.signs_in().status_code == 302


def test_an_unknown_name_is_told_what_a_bad_password_is_told(visitor: Visitor) -> None:
    unknown, bad = visitor.signs_in("nobody"), visitor.signs_in(password="not hers at all")
    assert (unknown.status_code, bad.status_code) == (401, 401)
    assert "Wrong name or password" in unknown.text


def test_a_form_without_its_token_does_nothing(operator: Visitor) -> None:
    assert operator.client.post("/sign-out").status_code == 400
    operator.sees("/")
    assert operator.client.post("/sign-in", data={"name": NAME}).status_code == 400


def test_the_phone_calls_only_for_its_own_page(operator: Visitor) -> None:
    call = {"acts": [], "since": 0}
    refused = operator.client.post("/phone/call", json=call)
    assert refused.status_code == 400
    assert "too long" in refused.json["error"]
    page = operator.sees("/phone")
    token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    made = operator.client.post("/phone/call", json=call, headers={"X-CSRFToken": token})
    assert made.status_code == 200


def test_a_session_ends_with_a_new_password_and_with_its_operator(
    operator: Visitor, settings: Settings
) -> None:
    operators.add(open_and_migrate(settings), NAME, "another long password")
    assert operator.client.get("/").status_code == 302
    operator.signs_in(password="another long password")
    operator.sees("/")
    operators.remove(open_and_migrate(settings), NAME)
    assert operator.client.get("/").status_code == 302


def test_nothing_from_before_the_sign_in_is_kept(visitor: Visitor) -> None:
    visitor.client.get("/sign-in")
    with visitor.client.session_transaction() as before:
        before["planted"] = "by somebody else"
        token = before["csrf_token"]
    visitor.signs_in()
    with visitor.client.session_transaction() as after:
        assert "planted" not in after
        assert after.get("csrf_token") != token


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_from_http(
    comes: Comes, settings: Settings
) -> None:
    def cookie(visitor: Visitor) -> str:
        return visitor.client.get("/sign-in").headers["Set-Cookie"]

    assert "HttpOnly" in cookie(comes())
    assert "SameSite=Lax" in cookie(comes())
    assert "Secure" not in cookie(comes())
    public = comes(replace(settings, public_url="https://line.example.org"))
    assert "Secure" in cookie(public)
    assert "Strict-Transport-Security" in public.client.get("/sign-in").headers


def test_pages_bear_safe_headers(operator: Visitor) -> None:
    for path in ("/", "/map", "/script/en", "/text/en", "/nowhere"):
        headers = operator.client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/text/en", "/text/es", "/healthz", "/readyz", "/nowhere"])
def test_what_is_open_needs_no_session_and_sets_no_cookie(visitor: Visitor, path: str) -> None:
    answer = visitor.client.get(path)
    assert answer.status_code in {200, 404}
    assert "Set-Cookie" not in answer.headers


def test_webhooks_do_no_session_work_and_need_no_token(comes: Comes, settings: Settings) -> None:
    demo = comes(replace(settings, auth_tokens=(), demo=True))
    demo.client.set_cookie("ivr_session", "anything")
    answer = demo.client.post("/voice", data={"CallSid": "CA1"})
    assert answer.status_code == 200
    assert "<Gather" in answer.text
    assert not {"Set-Cookie", "Vary"} & set(answer.headers.keys())


def test_the_demo_signs_in_by_itself_on_this_machine_alone(
    comes: Comes, settings: Settings
) -> None:
    demo = comes(replace(settings, auth_tokens=(), demo=True))
    assert "Sign out" not in demo.sees("/")
    far = demo.client.get("/", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert far.status_code == 302
    renamed = demo.client.get("/", headers={"Host": "attacker.example"})
    assert renamed.status_code == 302


def test_who_opens_the_service_is_told_how_to_make_the_first_operator(
    comes: Comes, settings: Settings, tmp_path: object
) -> None:
    operators.remove(open_and_migrate(settings), NAME)
    assert "ivr user add" in comes().sees("/sign-in")


def test_a_password_is_kept_as_a_hash_that_is_hard_to_guess(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "generate_password_hash", generate_password_hash)
    engine = open_and_migrate(settings)
    operators.add(engine, NAME, PASSWORD)
    with engine.connect() as connection:
        password_hash = connection.exec_driver_sql("SELECT password FROM operators").scalar()
    assert password_hash.startswith("scrypt:32768:8:1")
    assert PASSWORD not in password_hash


@pytest.mark.slow
def test_guesses_under_ever_new_names_are_slowed_down_all_together(visitor: Visitor) -> None:
    answers = [visitor.signs_in(f"name {n}", password="a guess of mine") for n in range(21)]
    assert {answer.status_code for answer in answers[:20]} == {401}
    assert answers[20].status_code == 429
    assert "try again in a minute" in answers[20].text


def test_a_name_of_a_megabyte_is_refused_before_anything_is_done_with_it(visitor: Visitor) -> None:
    """It costs no hash and no memory: none of them counts as an attempt."""
    for _ in range(25):
        assert visitor.signs_in("n" * 500_000).status_code == 401
    assert visitor.signs_in().status_code == 302


@pytest.mark.parametrize("asked", ["/override", "/line/override"])
def test_behind_a_path_every_link_and_redirect_stays_below_it(
    comes: Comes, settings: Settings, asked: str
) -> None:
    """A proxy shows the line at https://agency.example/line, and may or may not remove the path."""
    visitor = comes(replace(settings, public_url="http://agency.example/line"))
    sent = visitor.client.get(asked).location
    assert sent == "/line/sign-in?next=/line/override"
    arrived = visitor.signs_in(next="/line/override")
    assert arrived.location == "/line/override"
    for page in (visitor.client.get(path).text for path in ("/override", "/", "/nowhere")):
        links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
        assert links
        assert all(link.startswith("/line/") for link in links), links


def test_behind_a_path_styles_are_found(comes: Comes, settings: Settings) -> None:
    visitor = comes(replace(settings, public_url="http://agency.example/line"))
    for path in ("/static/ivr.css", "/line/static/ivr.css"):
        assert visitor.client.get(path).status_code == 200
