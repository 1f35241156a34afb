"""The stack of docker-compose.yml as the tests bring it up, and look at it from outside."""

import contextlib
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from prometheus_client.parser import text_string_to_metric_families

from tests.compose.engine import Compose, health_of, service_of

T = TypeVar("T")

FILES = ("docker-compose.yml", "tests/compose/docker-compose.test.yml")

INSTANT = {
    "STT_ENGINE": "bench.instant:InstantRecogniser",
    "SPEAKER_ENCODER": "bench.instant:InstantEncoder",
    "SEGMENTATION_MODEL": "bench.instant:InstantSegmenter",
    "SENTIMENT_MODEL": "bench.instant:InstantAnalyzer",
}
"""Engines that answer at once, with texts that tell the audio apart."""

HEALTHY_S = 300.0


class Deployment:
    """One running project; `url` is nginx's TLS port, `ca` the certificate to trust there."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.compose = Compose("sori-compose-test", FILES, environment)
        self.ports = {name: int(environment[f"{name}_PORT"]) for name in ("HTTP", "HTTPS", "TCP")}
        self.prometheus = f"http://127.0.0.1:{environment['PROMETHEUS_PORT']}"
        self.url = f"https://localhost:{environment['HTTPS_PORT']}"
        self.ca = folder / "certificate.pem"
        self._settings: dict[str, str] = {}

    def up(self, *arguments: str, **settings: str) -> None:
        """`up -d`, as an operator does it; returns when every container is healthy."""
        self._settings = settings
        self.compose("up", "-d", *arguments, **settings)
        self.wait_healthy()
        nginx = self.compose.containers("nginx")[0]
        path = "/etc/nginx/certificates/fullchain.pem"
        self.ca.write_text(self.compose.execute(nginx, "cat", path))

    def again(self, *arguments: str) -> str:
        """Another command of Compose, with the settings of the last `up`."""
        return self.compose(*arguments, **self._settings)

    def states(self) -> dict[str, str]:
        """How each container is that should run, by its name."""
        return {
            container["Name"]: health_of(container)
            for container in self.compose.containers()
            if service_of(container) not in {"prepare", "prometheus"}
        }

    def wait_healthy(self) -> None:
        """Return when every container is healthy and /ready says so, too."""
        until = time.monotonic() + HEALTHY_S
        while True:
            states = self.states()
            if set(states.values()) == {"healthy"} and (not self.ca.exists() or self.ready()):
                return
            if time.monotonic() > until:
                raise AssertionError(f"not healthy after {HEALTHY_S:g} s: {states}")
            time.sleep(0.5)

    def ready(self) -> bool:
        """Whether speech can be transcribed, as nginx's clients see it."""
        with contextlib.suppress(OSError):
            return self.get("/ready")[0] == 200
        return False

    def get(self, path: str) -> tuple[int, Mapping[str, str], str]:
        """Status, headers and body of an answer through nginx."""
        context = ssl.create_default_context(cafile=str(self.ca))
        try:
            with urllib.request.urlopen(  # noqa: S310 (https, ours)
                self.url + path, timeout=10, context=context
            ) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def tasks_by_worker(self, stage: str) -> dict[str, int]:
        """What the metrics of a gateway say that each worker took."""
        text = self.compose.execute(
            self.compose.containers("gateway")[0],
            *("python", "-c"),
            "import urllib.request as r; "
            "print(r.urlopen('http://127.0.0.1:8000/metrics').read().decode())",
        )
        return {
            sample.labels["worker"]: int(sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "sori_worker_tasks_total" and sample.labels["stage"] == stage
        }

    def eventually(self, found: Callable[[], T], timeout_s: float = 60.0) -> T:
        """What is found, as soon as it is something."""
        until = time.monotonic() + timeout_s
        while True:
            with contextlib.suppress(OSError):
                if answer := found():
                    return answer
            assert time.monotonic() < until, f"nothing was found within {timeout_s:g} s"
            time.sleep(0.2)

    def keep_logs(self, folder: Path) -> None:
        """What every container said, a file each, for whoever looks into a failure."""
        folder.mkdir(exist_ok=True)
        for service in sorted({service_of(c) for c in self.compose.containers()}):
            log = self.again("logs", "--no-color", service)
            (folder / f"{service}.log").write_text(log)
