import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.errors import FetchFailedError, MediaForbiddenError, MediaNotFoundError
from media_worker.places import GuardedTransport, Places, below
from tests.support.callbacks import receiving


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 (to be refused)
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2130706433",
        "0x7f.1",
    ],
)
def test_private_addresses_are_refused_however_they_are_written(address: str) -> None:
    with pytest.raises((MediaForbiddenError, FetchFailedError)):
        Places().address_of(address, 80)


def test_a_public_address_is_fine() -> None:
    assert Places().address_of("8.8.8.8", 443) == "8.8.8.8"


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "localhost"])
def test_what_is_allowed_is_fine(allowed: str) -> None:
    host = "localhost" if allowed == "localhost" else "127.0.0.1"
    assert Places(["", allowed]).address_of(host, 80) in {"127.0.0.1", "::1"}


def test_a_name_is_judged_by_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (ip, 80)) for ip in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(MediaForbiddenError):
        Places().address_of("rebinding.example", 80)


def test_redirects_are_looked_at_as_well() -> None:
    with receiving() as server:
        inside = server.url.replace("127.0.0.1", "127.0.0.2")
        server.answer = lambda _: (302, {"Location": f"{inside}/secret"}, b"")
        transport = GuardedTransport(Places(["127.0.0.1"]))
        with (
            httpx.Client(transport=transport, follow_redirects=True) as client,
            pytest.raises(MediaForbiddenError),
        ):
            client.get(f"{server.url}/start")
        assert [request.path for request in server.received] == ["/start"]


def test_other_schemes_are_refused() -> None:
    with (
        httpx.Client(transport=GuardedTransport(Places())) as client,
        pytest.raises((MediaForbiddenError, httpx.UnsupportedProtocol)),
    ):
        client.get("ftp://8.8.8.8/")


def test_paths_stay_below_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    (root / "in/a.wav").touch()
    (tmp_path / "secret.wav").touch()
    (root / "out").symlink_to(tmp_path)
    (root / "link.wav").symlink_to(root / "in/a.wav")

    assert below(root, "in/a.wav") == root / "in/a.wav"
    assert below(root, str(root / "in/a.wav")) == root / "in/a.wav"
    assert below(root, "link.wav") == root / "in/a.wav"
    for path in ("../secret.wav", "out/secret.wav", "/etc/passwd", str(tmp_path / "secret.wav")):
        with pytest.raises(MediaForbiddenError):
            below(root, path)
    for path in ("in/b.wav", "in", "a\0b", "x" * 5000):
        with pytest.raises(MediaNotFoundError):
            below(root, path)
    with pytest.raises(MediaForbiddenError):
        below(None, "in/a.wav")
