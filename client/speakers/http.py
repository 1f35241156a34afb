"""The registry at a server, over HTTP."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from client.address import http_url, shown
from client.errors import NotSoriError, ServerUnreachableError, SourceError
from client.speakers.recordings import Recording
from client.speakers.refusals import error_of
from client.speakers.registry import Asked
from client.trust import trusting
from contract.errors import TooLargeError
from contract.speakers import (
    Answer,
    Delete,
    Deleted,
    DrawMap,
    Identified,
    Identify,
    Imported,
    ListPrints,
    Map,
    Prints,
    Refused,
    Register,
    Registered,
    Show,
    StoredPrint,
    VoicePrint,
)

CONNECT_S: Final = 5.0

ANSWER_S: Final = 120.0
"""A server answers within seconds or says why not; this is for one that has gone silent."""

NDJSON: Final = "application/x-ndjson"

_AWAY: Final = {502, 503, 504}
"""What a proxy says while there is no server behind it."""


class HttpRespondent:
    """Asks a server."""

    def __init__(self, address: str, api_key: str | None, ca: Path | None = None) -> None:
        """`address` as client.address takes it, `ca` as client.trust does.

        Raises AddressError or CertificateError.
        """
        url = http_url(address)
        self._shown = shown(url)
        self._client = httpx.Client(
            base_url=url,
            headers={"X-API-Key": api_key} if api_key else {},
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            verify=trusting(ca),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self, question: Asked, recordings: Sequence[Recording] = ()) -> Answer:
        """Ask over HTTP; raises SoriError, the server's own where it is known here."""
        with self._speaking_http():
            return self._ask(question, recordings)

    def export(self) -> Iterator[StoredPrint]:
        """All stored prints, as they come; raises SoriError."""
        with (
            self._speaking_http(),
            self._client.stream("GET", "/speakers/export") as response,
        ):
            self._check(response)
            for line in response.iter_lines():
                yield StoredPrint.model_validate_json(line)

    def write(self, prints: Iterable[StoredPrint]) -> int:
        """Send stored prints, a line each; raises SoriError."""
        lines = (stored.model_dump_json().encode() + b"\n" for stored in prints)
        with self._speaking_http():
            data = self._send(
                "POST", "/speakers/import", content=lines, headers={"Content-Type": NDJSON}
            )
            return Imported.model_validate_json(data).count

    def _ask(self, question: Asked, recordings: Sequence[Recording]) -> Answer:
        match question:
            case Register():
                return Registered.model_validate_json(self._upload(question, recordings))
            case Identify():
                return Identified.model_validate_json(self._upload(question, recordings))
            case ListPrints():
                return Prints.model_validate_json(
                    self._send("GET", "/speakers", params=question.model_dump(exclude={"op"}))
                )
            case Show(speaker_id=speaker_id, embedding=embedding):
                data = self._send("GET", _path(speaker_id), params={"embedding": embedding})
                return Prints(prints=[VoicePrint.model_validate_json(data)], total=1)
            case Delete(speaker_id=speaker_id):
                self._send("DELETE", _path(speaker_id))
                return Deleted(speaker_id=speaker_id)
            case DrawMap():
                return Map(svg=self._send("GET", "/speakers/map.svg").decode())

    def _upload(self, question: Register | Identify, recordings: Sequence[Recording]) -> bytes:
        fields = question.model_dump(exclude={"op", "upload", "uploads"}, exclude_none=True)
        with ExitStack() as open_files:
            files = [("file", (name, file)) for name, file in _opened(recordings, open_files)]
            return self._send("POST", f"/speakers/{question.op}", data=fields, files=files)

    def _send(self, method: str, path: str, **how: Any) -> bytes:
        with self._client.stream(method, path, **how) as response:
            self._check(response)
            return response.read()

    def _check(self, response: httpx.Response) -> None:
        if response.is_success:
            return
        body = response.read()
        try:
            raise error_of(Refused.model_validate_json(body))
        except ValidationError:
            status = f"{response.status_code} {response.reason_phrase}"
        if response.status_code in _AWAY:
            raise ServerUnreachableError(f"{self._shown} is away: {status}")
        if response.status_code == 413:
            raise TooLargeError(f"too large for {self._shown}, or for the proxy before it")
        raise NotSoriError(f"{self._shown} is no Sori with a registry of voices: {status}")

    @contextmanager
    def _speaking_http(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise ServerUnreachableError(f"{self._shown} can't be reached: {reason}") from error
        except ValidationError as error:
            raise NotSoriError(f"{self._shown} doesn't answer as Sori does") from error


def _path(speaker_id: str) -> str:
    return f"/speakers/{quote(speaker_id, safe='')}"


def _opened(
    recordings: Sequence[Recording], open_files: ExitStack
) -> Iterator[tuple[str, BinaryIO | bytes]]:
    for recording in recordings:
        name = Path(recording.name).name
        if isinstance(recording.content, bytes):
            yield name, recording.content
            continue
        try:
            yield name, open_files.enter_context(recording.content.open("rb"))
        except OSError as error:
            raise SourceError(f"{recording.name}: {error.strerror or error}") from error
