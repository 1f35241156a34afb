"""A server with a certificate of its own making is believed where its certificate is at hand."""

import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from client.errors import CertificateError, ServerUnreachableError
from client.link import Link
from client.trust import trusting


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(  # noqa: S603 (openssl)
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=sori", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-out", str(paths[0]), "-keyout", str(paths[1])),
        ],
        check=True,
        capture_output=True,
    )
    return paths


@pytest.fixture
async def url(certificate: tuple[Path, Path]) -> AsyncIterator[str]:
    async def greet(connection: ServerConnection) -> None:
        await connection.send("hello")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    async with serve(greet, "127.0.0.1", 0, ssl=context) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"wss://127.0.0.1:{port}/ws"


async def test_a_certificate_at_hand_is_trusted(url: str, certificate: tuple[Path, Path]) -> None:
    link = await Link.open(url, None, certificate[0])
    assert await link.receive() == "hello"
    await link.close()


async def test_a_strange_certificate_is_not(url: str) -> None:
    with pytest.raises(ServerUnreachableError, match="self-signed"):
        await Link.open(url, None)


def test_a_file_without_a_certificate_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    with pytest.raises(CertificateError, match=r"empty\.pem"):
        trusting(empty)
    with pytest.raises(CertificateError, match=r"absent\.pem"):
        trusting(tmp_path / "absent.pem")
