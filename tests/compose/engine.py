"""The Docker engine and Compose, as far as these tests need them."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LONG_S = 1800


def run(
    *command: str,
    environment: Mapping[str, str] | None = None,
    said: str | None = None,
    check: bool = True,
) -> str:
    """The standard output of a command that `said` is said to on its standard input.

    Raises AssertionError with its errors where it fails.
    """
    done = subprocess.run(  # noqa: S603 (our own)
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        input=said,
        capture_output=True,
        text=True,
        timeout=LONG_S,
    )
    said = f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    assert done.returncode == 0 or not check, f"{' '.join(command)}:\n{said}"
    return done.stdout


def inspect(*names: str) -> list[dict[str, Any]]:
    """What the engine knows of containers or images."""
    found: list[dict[str, Any]] = json.loads(run("docker", "inspect", *names))
    return found


def has_image(tag: str) -> bool:
    """Whether an image is on this machine."""
    return bool(run("docker", "images", "--quiet", tag).strip())


def compose_command() -> list[str]:
    """Compose v2 where it is there, else 1.29; COMPOSE names another."""
    if "COMPOSE" in os.environ:
        return os.environ["COMPOSE"].split()
    if run("docker", "compose", "version", check=False):
        return ["docker", "compose"]
    assert shutil.which("docker-compose"), "neither `docker compose` nor `docker-compose` is here"
    return ["docker-compose"]


class Compose:
    """One project of Compose, with an environment of its own."""

    def __init__(self, project: str, files: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = compose_command()
        self._project = project
        self.environment = {
            **environment,
            "COMPOSE_PROJECT_NAME": project,
            "COMPOSE_FILE": ":".join(files),
            "DOCKER_BUILDKIT": "1",
            "COMPOSE_DOCKER_CLI_BUILD": "1",
        }

    def __call__(self, *arguments: str, said: str | None = None, **environment: str) -> str:
        """Run a command of Compose; raises AssertionError where it fails."""
        settings = {**self.environment, **environment}
        return run(*self._command, *arguments, environment=settings, said=said)

    def containers(self, service: str = "") -> list[dict[str, Any]]:
        """The containers of a service, or all of them, stopped ones too, in order of number."""
        label = "com.docker.compose"
        filters = ["--filter", f"label={label}.project={self._project}"]
        if service:
            filters += ["--filter", f"label={label}.service={service}"]
        names = run("docker", "ps", "--all", "--quiet", *filters).split()
        found = inspect(*names) if names else []
        return sorted(found, key=lambda c: int(c["Config"]["Labels"][f"{label}.container-number"]))

    def execute(self, container: Mapping[str, Any], *command: str) -> str:
        """The output of a command inside a container."""
        return run("docker", "exec", container["Id"], *command)


def service_of(container: Mapping[str, Any]) -> str:
    """The service whose container it is."""
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


def health_of(container: Mapping[str, Any]) -> str:
    """`healthy`, `unhealthy`, `starting`, or `exited` and the like."""
    state = container["State"]
    return str(state["Health"]["Status"] if state["Running"] else state["Status"])
