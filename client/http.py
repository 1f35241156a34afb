"""A server's HTTP API: requests, and what its refusals mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import ValidationError

from client.address import http_url, shown
from client.errors import NotSoriError, ServerUnreachableError
from client.speakers.refusals import error_of
from client.trust import trusting
from contract.errors import TooLargeError
from contract.speakers import Refused

CONNECT_S: Final = 5.0

ANSWER_S: Final = 120.0
"""A server answers within seconds or says why not; this is for one that has gone silent."""

_AWAY: Final = {502, 503, 504}
"""What a proxy says while there is no server behind it."""


class Server:
    """Asks a server over HTTP."""

    def __init__(
        self, address: str, api_key: str | None, what: str, ca: Path | None = None
    ) -> None:
        """`address` as client.address takes it, `what` it is to be, as in "a Sori with …".

        `ca` is trusted as client.trust says. Raises AddressError or CertificateError.
        """
        url = http_url(address)
        self._shown = shown(url)
        self._what = what
        self._client = httpx.Client(
            base_url=url,
            headers={"X-API-Key": api_key} if api_key else {},
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            verify=trusting(ca),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, method: str, path: str, **how: Any) -> bytes:
        """The body of the answer; raises SoriError, the server's own where it is known here."""
        with self.speaking(), self._client.stream(method, path, **how) as response:
            self._check(response)
            return response.read()

    def lines(self, path: str) -> Iterator[str]:
        """The lines of an answer, as they come; raises SoriError."""
        with self.speaking(), self._client.stream("GET", path) as response:
            self._check(response)
            yield from response.iter_lines()

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Turn what goes wrong on the way into errors of ours."""
        try:
            yield
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise ServerUnreachableError(f"{self._shown} can't be reached: {reason}") from error
        except ValidationError as error:
            raise NotSoriError(f"{self._shown} doesn't answer as Sori does") from error

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
        raise NotSoriError(f"{self._shown} is no {self._what}: {status}")
