"""A whole recording at a server: sent or named, followed, and what came of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from client.errors import ServerUnreachableError, SourceError
from client.http import Server
from contract.jobs import ENDED, JobAccepted, JobState

REMOTE: Final = ("http://", "https://", "s3://")
"""What the server fetches itself begins so."""

FORMATS: Final = ("json", "srt", "vtt", "txt", "rttm", "csv")

PATIENCE: Final = 5
"""Connections in a row that may break without a word while a job is followed."""


class Transcriber:
    """Has recordings analysed by a server."""

    def __init__(self, address: str, api_key: str | None, ca: Path | None = None) -> None:
        """`address` as client.address takes it, `ca` as client.trust does.

        Raises AddressError or CertificateError.
        """
        self._server = Server(address, api_key, "Sori that takes recordings", ca)

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def begin(self, source: str, wanted: dict[str, Any]) -> str:
        """Have a file or a URL analysed; returns the job's id. Raises SoriError."""
        path = "/api/upload-video/process-video"
        wanted = {name: value for name, value in wanted.items() if value is not None}
        if source.startswith(REMOTE):
            data = self._server.send("POST", path, json={"video_path": source, **wanted})
        else:
            try:
                with Path(source).open("rb") as file:
                    files = {"file": (Path(source).name, file)}
                    data = self._server.send("POST", path, files=files, data=wanted)
            except OSError as error:
                raise SourceError(f"{source}: {error.strerror or error}") from error
        with self._server.speaking():
            return JobAccepted.model_validate_json(data).job_id

    def follow(self, job_id: str) -> Iterator[JobState]:
        """How the job stands, after each change, until it has ended; raises SoriError.

        A connection that breaks is made again.
        """
        failures = 0
        while True:
            try:
                for state in self._states(job_id):
                    failures = 0
                    yield state
                    if state.status in ENDED:
                        return
                failures += 1
            except ServerUnreachableError:
                failures += 1
                if failures > PATIENCE:
                    raise
            if failures > PATIENCE:
                raise ServerUnreachableError(f"the server says nothing more of {job_id}")

    def result(self, job_id: str, form: str = "json") -> str:
        """The result in one of FORMATS; raises SoriError."""
        path = f"/jobs/{job_id}/result"
        return self._server.send("GET", path, params={"format": form}).decode()

    def cancel(self, job_id: str) -> None:
        """Cancel a job; raises SoriError."""
        self._server.send("DELETE", f"/jobs/{job_id}")

    def _states(self, job_id: str) -> Iterator[JobState]:
        with self._server.speaking():
            for line in self._server.lines(f"/jobs/{job_id}/events"):
                if line.startswith("data: "):
                    yield JobState.model_validate_json(line.removeprefix("data: "))
