"""The base images: pulled, or where there is no registry, stand-ins made of Debian packages."""

import functools
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from tests.compose.engine import ROOT, has_image, run

WHEELS_PORT = 8973
"""Where a folder of wheels is served to the builds; the stand-ins remember it."""

PYPI = "https://pypi.org/simple"


def base_images() -> set[str]:
    """Every image that is not built here, of the services that the tests start."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    named = {s["image"] for s in services.values() if "build" not in s} - {
        services["grafana"]["image"]
    }
    built = {
        re.findall(r"^FROM (\S+)", path.read_text(), re.MULTILINE)[0]
        for path in ROOT.glob("*/Dockerfile")
    }
    return named | built


@contextmanager
def at_hand() -> Iterator[dict[str, str]]:
    """See to it that the base images are there; yields what a build needs in its environment."""
    missing = [tag for tag in base_images() if not has_image(tag)]
    for tag in missing:
        run("docker", "pull", "--quiet", tag, check=False)
    if any(not has_image(tag) for tag in missing):
        run(str(ROOT / "tests/compose/stand_ins.sh"), environment=_of_this_machine())
    if not has_image("stand-in:bookworm"):
        yield {}
        return
    with _serving(os.environ.get("PIP_FIND_LINKS", "")):
        yield {"TORCH_INDEX": PYPI}


def _of_this_machine() -> dict[str, str]:
    """How pip is set up here, for the stand-ins."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    if Path(settings.get("PIP_FIND_LINKS", "")).is_dir():
        settings["PIP_FIND_LINKS"] = f"http://127.0.0.1:{WHEELS_PORT}/"
        settings["PIP_TRUSTED_HOST"] = "127.0.0.1"
    files = [value for value in settings.values() if Path(value).is_file()]
    return {
        "STAND_IN_FILES": " ".join(files),
        "STAND_IN_ENV": " ".join(f"{name}={value}" for name, value in settings.items()),
    }


@contextmanager
def _serving(folder: str) -> Iterator[None]:
    """Serve a folder of wheels for the time of a build, where there is one."""
    if not folder or not Path(folder).is_dir():
        yield
        return
    handler = functools.partial(_Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", WHEELS_PORT), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
