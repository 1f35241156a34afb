"""What a fresh clone is after `docker compose up`: well, closed to the outside, and talking."""

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from local_stack.demo import sample
from tests.compose.deployment import Deployment
from tests.compose.engine import inspect, run, service_of
from tests.support.browser import Visit, chromium

pytestmark = pytest.mark.compose

OURS = {
    "gateway",
    "listener",
    "stt_worker",
    "diarization_worker",
    "analyzer_worker",
    "media_worker",
    "nginx",
}
OFFICIAL_PYTHON_MB = 130
"""The size of python:3.11-slim-bookworm, which a stand-in for it exceeds."""


def test_a_conversation_over_tls_gives_text_speakers_sentiment_and_statistics(
    deployment: Deployment,
) -> None:
    sori = str(Path(sys.executable).with_name("sori"))
    answer = subprocess.run(  # noqa: S603 (our own client)
        [
            *(sori, "stream", str(sample()), "--url", deployment.url, "--ca", str(deployment.ca)),
            *("--speed", "2", "--json", "--expect-text"),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    events = [json.loads(line) for line in answer.stdout.splitlines()]
    said = [event for event in events if event["type"] == "transcription"]
    assert all(event["text"] and event["words"] for event in said)
    assert {event["speaker_id"] for event in said} >= {0, 1}
    assert all(
        sum(event["sentiment"]["scores"].values()) == pytest.approx(1, abs=0.01) for event in said
    )
    ended = events[-1]
    assert ended["type"] == "session_ended"
    assert ended["stats"]["overall"]["segments"] == len(said)


def test_a_recording_is_analysed_and_comes_back_with_all_of_it(
    deployment: Deployment, tmp_path: Path
) -> None:
    sori = str(Path(sys.executable).with_name("sori"))
    result = tmp_path / "result.json"
    subprocess.run(  # noqa: S603 (our own client)
        [
            *(sori, "transcribe", str(sample()), "--url", deployment.url),
            *("--ca", str(deployment.ca), "--output", str(result)),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    analysed = json.loads(result.read_text())
    assert analysed["duration"] == pytest.approx(30, abs=0.5)
    assert len(analysed["speakers"]) >= 2
    assert all(segment["text"] for segment in analysed["segments"])


def test_a_telephone_gets_text_over_tcp(deployment: Deployment) -> None:
    sori = str(Path(sys.executable).with_name("sori"))
    answer = subprocess.run(  # noqa: S603 (our own client)
        [
            *(sori, "tcp", str(sample()), "--port", str(deployment.ports["TCP"])),
            *("--status", "--fast", "--json"),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    status, *results = [json.loads(line) for line in answer.stdout.splitlines()]
    assert status == {"status": ["engine 0: running"]}
    assert results
    assert all(result["text"] for result in results)
    log = deployment.compose("logs", "--no-color", "--no-log-prefix", "tcp").splitlines()
    lines = [json.loads(line) for line in log if line.startswith("{")]
    begun = [line["client"] for line in lines if line["message"].endswith("begins")]
    nginx = deployment.compose.containers("nginx")[0]["NetworkSettings"]["Networks"].values()
    assert begun
    assert not {address.rpartition(":")[0] for address in begun} & {n["IPAddress"] for n in nginx}


def test_plain_http_leads_to_tls(deployment: Deployment) -> None:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    opener = urllib.request.build_opener(Stay)
    with pytest.raises(urllib.error.HTTPError) as refused:
        opener.open(f"http://localhost:{deployment.ports['HTTP']}/monitor?a=b")
    refused.value.close()
    assert refused.value.code == 308
    assert refused.value.headers["Location"] == f"{deployment.url}/monitor?a=b"


@pytest.mark.parametrize("path", ["/", "/monitor"])
def test_the_pages_load_over_tls_without_a_complaint(deployment: Deployment, path: str) -> None:
    with chromium() as browser:
        visit = Visit(browser, {"ignore_https_errors": True})
        visit.page.goto(deployment.url + path)
        if path == "/":
            visit.page.wait_for_selector("#status[data-state=open]", timeout=30_000)
        visit.page.wait_for_load_state("networkidle" if path == "/" else "load")
        assert visit.complaints == []
        assert all(
            url.split("?")[0].split("://")[1].startswith("localhost") for url in visit.requests
        )


def test_what_only_operators_need_stays_inside(deployment: Deployment) -> None:
    assert deployment.get("/metrics")[0] == 404
    assert deployment.get("/stats")[0] == 200


def test_only_nginx_can_be_reached_from_outside(deployment: Deployment) -> None:
    published = {
        (service_of(container), int(port["HostPort"]))
        for container in deployment.compose.containers()
        for bindings in container["NetworkSettings"]["Ports"].values()
        for port in bindings or []
    }
    assert published == {("nginx", port) for port in deployment.ports.values()}


def test_redis_wants_its_password(deployment: Deployment) -> None:
    redis = deployment.compose.containers("redis")[0]
    assert "NOAUTH" in deployment.compose.execute(redis, "redis-cli", "ping")
    password = deployment.compose.execute(redis, "cat", "/run/sori/redis_password")
    assert re.fullmatch(r"[0-9a-f]{64}", password)


def test_no_password_is_where_an_image_or_the_engine_would_tell_it(deployment: Deployment) -> None:
    redis = deployment.compose.containers("redis")[0]
    password = deployment.compose.execute(redis, "cat", "/run/sori/redis_password")
    told = json.dumps(deployment.compose.containers())
    for name in OURS:
        told += run("docker", "history", "--no-trunc", f"sori/{name}")
        told += json.dumps(inspect(f"sori/{name}"))
    assert password not in told
    assert "BEGIN PRIVATE KEY" not in told


def test_every_container_has_as_few_rights_as_it_can(deployment: Deployment) -> None:
    for container in deployment.compose.containers():
        name, host = container["Name"], container["HostConfig"]
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert not host["CapAdd"], name
        assert not host["Privileged"], name
        assert any("no-new-privileges" in option for option in host["SecurityOpt"]), name
        assert container["Config"]["User"] not in {"", "root", "0"}, name
        assert host["Memory"] > 0, name
        assert host["LogConfig"]["Config"] == {"max-file": "3", "max-size": "10m"}, name


def test_images_are_small_and_share_torch(deployment: Deployment) -> None:
    base = inspect("python:3.11.14-slim-bookworm")[0]
    for name in ("gateway", "listener"):
        own = inspect(f"sori/{name}")[0]["Size"] - base["Size"]
        assert own / 1e6 + OFFICIAL_PYTHON_MB < 300, name
    layers = [
        inspect(f"sori/{name}")[0]["RootFS"]["Layers"]
        for name in ("stt_worker", "diarization_worker", "analyzer_worker")
    ]
    shared = len(base["RootFS"]["Layers"]) + 2  # the lock, torch
    assert len({tuple(some[:shared]) for some in layers}) == 1


def test_nginx_finds_nothing_wrong_with_its_settings(deployment: Deployment) -> None:
    nginx = deployment.compose.containers("nginx")[0]
    run("docker", "exec", nginx["Id"], "nginx", "-t")


def test_a_new_certificate_is_served_after_a_reload(deployment: Deployment) -> None:
    old = deployment.ca.read_text()
    nginx = deployment.compose.containers("nginx")[0]
    make = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=localhost"
        " -addext subjectAltName=DNS:localhost -keyout /tmp/k -out /tmp/c 2>/dev/null;"
        " cat /tmp/c /tmp/k; rm /tmp/k"
    )
    both = deployment.compose.execute(nginx, "sh", "-c", make)
    deployment.compose(*("run", "--rm", "-T", "prepare", "take_certificate"), said=both)
    deployment.compose.execute(nginx, "nginx", "-s", "reload")
    deployment.ca.write_text(both)
    assert old not in both
    deployment.wait_healthy()


def test_prometheus_watches_every_gateway_by_the_rules(deployment: Deployment) -> None:
    deployment.again("up", "-d", "prometheus")

    def asked(path: str) -> object:
        url = f"{deployment.prometheus}/api/v1/{path}"
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (http, ours)
            return json.loads(answer.read())["data"]

    targets = deployment.eventually(
        lambda: [
            target
            for target in asked("targets")["activeTargets"]  # type: ignore[index]
            if target["labels"]["job"] == "gateway" and target["health"] == "up"
        ]
    )
    assert len(targets) == 1
    groups = asked("rules")["groups"]  # type: ignore[index]
    assert {rule["health"] for group in groups for rule in group["rules"]} <= {"ok", "unknown"}
    assert deployment.eventually(lambda: asked("query?query=sori_workers")["result"])  # type: ignore[index]
    deployment.again("rm", "--stop", "--force", "prometheus")


@pytest.mark.parametrize(
    "overlays", [[], ["docker-compose.gpu.yml"], ["docker-compose.remote-workers.yml"]]
)
def test_compose_understands_every_file(deployment: Deployment, overlays: list[str]) -> None:
    files = ":".join(["docker-compose.yml", *overlays])
    settings = {"COMPOSE_FILE": files, "PRIVATE_ADDRESS": "10.0.0.1"}
    deployment.compose("config", "--quiet", **settings)
    deployment.compose("--profile", "monitoring", "config", "--quiet", **settings)


def test_promtool_finds_nothing_wrong_with_the_rules() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("no promtool is installed: it is in Debian's package prometheus")
    run("promtool", "check", "config", "monitoring/prometheus.yml")
