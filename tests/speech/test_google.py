"""gTTS is tested through its real code, against a stand-in for the service on this machine."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import numpy as np
import pytest
from werkzeug import Request, Response
from werkzeug.serving import make_server

from ivr.dialog import Spoken
from ivr.errors import SpeechError
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.gtts import Google
from ivr.speech.render import Rendering, render
from ivr.speech.sound import Sound
from ivr.speech.telephone import encoded
from tests.speech.conftest import some

Service = Callable[[Request], Response]
TONE = Sound((0.5 * np.sin(np.arange(24000) / 8)).astype(np.float32), 24000)


def answer(content: bytes) -> Response:
    """Return what the service answers: MP3 in base64 in JSON in JSON."""
    inner = json.dumps([base64.b64encode(content).decode()], separators=(",", ":"))
    outer = json.dumps(
        [["wrb.fr", "jQ1olc", inner, None, None, None, "generic"]], separators=(",", ":")
    )
    return Response(f")]}}'\n\n{outer}")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Callable[..., "contextmanager[list[str]]"]:
    """Return a way to run a stand-in, which yields the words that it was asked for."""

    @contextmanager
    def running(answers: Service) -> Iterator[list[str]]:
        asked: list[str] = []

        @Request.application
        def app(request: Request) -> Response:
            asked.append(request.form["f.req"])
            return answers(request)

        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.port}/"
        monkeypatch.setattr("gtts.tts._translate_url", lambda tld="com", path="": address + path)
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return running


def test_words_come_back_as_sound(service) -> None:
    with service(lambda _: answer(encoded(TONE, "mp3"))) as asked:
        spoken = Google().speak("Cuelgue, y marque nueve, uno, uno.", "es")
    assert 0.9 < spoken.seconds < 1.5
    assert "nueve, uno, uno" in asked[0]
    assert '\\"es\\"' in asked[0]


def test_a_refusal_is_tried_again_and_then_told_in_one_line(service) -> None:
    with service(lambda _: Response(status=429)) as asked, pytest.raises(SpeechError) as raised:
        Google(waits=(0.01, 0.01)).speak("hello", "en")
    assert len(asked) == 3
    message = str(raised.value)
    assert message.startswith("gtts cannot be reached (429 (")
    assert message.endswith("or render with --engine pico, which needs no network")
    assert "\n" not in message


def test_a_service_that_recovers_is_waited_for(service) -> None:
    answers = iter([Response(status=503), answer(encoded(TONE, "mp3"))])
    with service(lambda _: next(answers)):
        assert Google(waits=(0.01,)).speak("hello", "en").seconds > 0.9


def test_silence_of_the_service_ends_in_time(service) -> None:
    """The service answers only when the engine has given up."""
    given_up = threading.Event()

    def asleep(_: Request) -> Response:
        given_up.wait(60)
        return Response()

    with service(asleep):
        with pytest.raises(SpeechError, match="gtts cannot be reached"):
            Google(waits=(), timeout=0.2).speak("hello", "en")
        given_up.set()


@pytest.mark.parametrize(
    "broken",
    [b"", b"<html>Sign in</html>", base64.b64encode(b"x" * 50)],
    ids=["nothing", "a web page", "no sound"],
)
def test_half_an_answer_is_no_sound(service, broken: bytes) -> None:
    for answers in (answer, Response):
        with (
            service(lambda _, made=answers: made(broken)),
            pytest.raises(SpeechError, match="gtts cannot be reached"),
        ):
            Google(waits=()).speak("hello", "en")


def test_nobody_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = "http://127.0.0.1:9/"
    monkeypatch.setattr("gtts.tts._translate_url", lambda tld="com", path="": nowhere + path)
    with pytest.raises(SpeechError, match="gtts cannot be reached"):
        Google(waits=()).speak("hello", "en")


def test_what_was_spoken_before_the_network_went_stays(service, tmp_path) -> None:
    answers = iter([answer(encoded(TONE, "mp3"))])
    wanted = some(Spoken("en", "Goodbye.", "goodbye"), Spoken("en", "Hello.", "hello"))

    def once(_: Request) -> Response:
        return next(answers, Response(status=500))

    google = Google(waits=())
    google.workers = 1
    with service(once), pytest.raises(SpeechError, match=r'^en "hello": gtts cannot be reached'):
        render(tmp_path, wanted, Rendering(Speaker(google)))
    assert len(list(tmp_path.glob("en/*.mp3"))) == 1


def test_it_speaks_the_languages_of_the_service() -> None:
    assert (Google().voice("es"), Google().voice("es-MX"), Google().voice("xx")) == ("es", "es", "")
