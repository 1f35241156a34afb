"""The registry at a server, over HTTP."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import quote

from client.errors import SourceError
from client.http import Server
from client.speakers.recordings import Recording
from client.speakers.registry import Asked
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
    Register,
    Registered,
    Show,
    StoredPrint,
    VoicePrint,
)

NDJSON: Final = "application/x-ndjson"


class HttpRespondent:
    """Asks a server."""

    def __init__(self, address: str, api_key: str | None, ca: Path | None = None) -> None:
        """`address` as client.address takes it, `ca` as client.trust does.

        Raises AddressError or CertificateError.
        """
        self._server = Server(address, api_key, "Sori with a registry of voices", ca)

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def ask(self, question: Asked, recordings: Sequence[Recording] = ()) -> Answer:
        """Ask over HTTP; raises SoriError, the server's own where it is known here."""
        with self._server.speaking():
            return self._ask(question, recordings)

    def export(self) -> Iterator[StoredPrint]:
        """All stored prints, as they come; raises SoriError."""
        with self._server.speaking():
            for line in self._server.lines("/speakers/export"):
                yield StoredPrint.model_validate_json(line)

    def write(self, prints: Iterable[StoredPrint]) -> int:
        """Send stored prints, a line each; raises SoriError."""
        lines = (stored.model_dump_json().encode() + b"\n" for stored in prints)
        with self._server.speaking():
            data = self._server.send(
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
                    self._server.send(
                        "GET", "/speakers", params=question.model_dump(exclude={"op"})
                    )
                )
            case Show(speaker_id=speaker_id, embedding=embedding):
                data = self._server.send("GET", _path(speaker_id), params={"embedding": embedding})
                return Prints(prints=[VoicePrint.model_validate_json(data)], total=1)
            case Delete(speaker_id=speaker_id):
                self._server.send("DELETE", _path(speaker_id))
                return Deleted(speaker_id=speaker_id)
            case DrawMap():
                return Map(svg=self._server.send("GET", "/speakers/map.svg").decode())

    def _upload(self, question: Register | Identify, recordings: Sequence[Recording]) -> bytes:
        fields = question.model_dump(exclude={"op", "upload", "uploads"}, exclude_none=True)
        with ExitStack() as open_files:
            files = [("file", (name, file)) for name, file in _opened(recordings, open_files)]
            return self._server.send("POST", f"/speakers/{question.op}", data=fields, files=files)


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
