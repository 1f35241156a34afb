"""The files of the deployment agree with the code, and with each other; no engine is needed."""

import importlib
import json
import re
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from contract.health import main as health_main
from contract.heartbeats import Heartbeat
from contract.monitoring import SentimentShare, SystemStats
from contract.names import MEDIA, ROLES
from contract.values import LatencyQuantiles
from gateway_service.monitoring.metrics import SystemCollector
from gateway_service.pages import HEADERS
from tests.docs.markdown import ROOT

DOCKERFILES = sorted(ROOT.glob("*/Dockerfile"))
WITH_TORCH = ("stt_worker", "diarization_worker", "analyzer_worker")
GIVEN_BY_COMPOSE = {
    "REDIS_URL",
    "LOG_FORMAT",
    "GATEWAY_HOST",
    "GATEWAY_PORT",
    "MODEL_CACHE",
    "MEDIA_ROOT",
}
"""Settings that the images or the network of the containers decide on."""


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


def metric_names() -> set[str]:
    stats = SystemStats(
        at="2026-01-01T00:00:00+00:00",
        sessions=1,
        speakers=1,
        utterances=1,
        silent=0,
        failed=0,
        dropped=0,
        sentiment={"positive": SentimentShare(count=1, share=1.0)},
        queues={"stt_queue": 0},
        workers={"stt": 1},
        latency_ms={"total": LatencyQuantiles(p50=1.0, p95=2.0)},
        real_time_factor=0.1,
    )
    beat = Heartbeat(process_id="a-1", at=0, consumed_at=0)
    collected = SystemCollector(stats, 1, workers={"stt": [beat]}, phones=[beat]).collect()
    return {sample.name for metric in collected for sample in metric.samples}


def test_nginx_sends_the_pages_with_the_headers_of_the_gateway() -> None:
    text = (ROOT / "nginx/page_headers.conf").read_text()
    sent = dict(re.findall(r'^add_header (\S+) "(.+)" always;$', text, re.MULTILINE))
    assert sent.pop("Strict-Transport-Security").startswith("max-age=")
    assert sent == HEADERS


@pytest.mark.parametrize("file", ["rules.yml", "grafana/dashboards/sori.json"])
def test_alerts_and_dashboard_ask_for_metrics_that_exist(file: str) -> None:
    asked = set(re.findall(r"\bsori_\w+", (ROOT / "monitoring" / file).read_text()))
    assert asked
    assert asked <= metric_names()


def test_the_dashboard_shows_every_metric() -> None:
    panels = json.loads((ROOT / "monitoring/grafana/dashboards/sori.json").read_text())["panels"]
    shown = " ".join(target["expr"] for panel in panels for target in panel["targets"])
    assert {name for name in metric_names() if name not in shown} == set()


def test_every_alert_is_explained() -> None:
    rules = yaml.safe_load((ROOT / "monitoring/rules.yml").read_text())["groups"][0]["rules"]
    page = (ROOT / "docs/operations.md").read_text()
    assert [rule["alert"] for rule in rules if f"| `{rule['alert']}` |" not in page] == []


@pytest.mark.parametrize(
    "package",
    [path.parent.name for path in DOCKERFILES if (path.parent / "settings.py").exists()],
)
def test_every_setting_can_be_given_to_the_container(package: str) -> None:
    module = importlib.import_module(f"{package}.settings")
    names = {
        name.upper()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseSettings)
        for name in value.model_fields
    }
    given = {
        name
        for service in services().values()
        if service.get("build", {}).get("dockerfile") == f"{package}/Dockerfile"
        for name in service["environment"]
    }
    assert names - GIVEN_BY_COMPOSE - given == set()


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_is_pinned_unprivileged_and_clean(path: Any) -> None:
    text = re.sub(r"\\\n\s*", "", path.read_text())
    assert re.fullmatch(r"FROM \S+:\d+\.\d+\.\d+\S*", text.splitlines()[0])
    users = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
    assert users
    assert "root" not in users
    assert "HEALTHCHECK" in text
    for step in re.findall(r"^RUN .*$", text, re.MULTILINE):
        assert ("pip install" in step) == ("--mount=type=cache" in step)
        assert ("apt-get install" in step) == ("rm -rf /var/lib/apt/lists/*" in step)
    assert not re.search(r"^ADD|^ARG .*(TOKEN|PASSWORD|SECRET)|sudo", text, re.MULTILINE)


def test_images_with_torch_begin_alike_so_that_they_share_it() -> None:
    beginnings = {
        (ROOT / name / "Dockerfile").read_text().partition(" torch\n")[0] for name in WITH_TORCH
    }
    assert len(beginnings) == 1


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_has_every_package_that_its_service_imports(path: Any) -> None:
    package = path.parent
    imported = {
        name
        for file in package.rglob("*.py")
        for name in re.findall(r"^\s*(?:from|import) (\w+)", file.read_text(), re.MULTILINE)
        if (ROOT / name / "__init__.py").exists()
    }
    copied = set(re.findall(r"^COPY (\w+) \w+$", path.read_text(), re.MULTILINE))
    assert imported <= copied


def test_health_checks_ask_for_roles_that_exist() -> None:
    asked = {
        role
        for path in DOCKERFILES
        for role in re.findall(rf'"{health_main.__module__}", "(\w+)"', path.read_text())
    }
    assert asked == {*ROLES, MEDIA}
