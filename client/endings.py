"""How a connection ended, as an error: ConnectionLostError where the session can be resumed."""

from client.errors import ConnectionLostError, NotSoriError, PolicyError, TooLargeError
from contract.errors import (
    InvalidMessageError,
    ServerTooBusyError,
    SessionGoneError,
    SoriError,
    UnauthorizedError,
)

_IDLE = 4408
_APPLICATION_CODES = range(4400, 4500)
_HTTP_PASSING = {408, 425, 429, 500, 502, 503, 504}


def closed(code: int, reason: str) -> SoriError:
    """The error of a WebSocket close code.

    A slow reader (1008 with a reason that begins with "slow") and an idle one (4408) can come
    back, as after a fault (1011), a restart (1001, 1012) or a cut (1006); 1000 is no more than a
    cut when the session has not ended.
    """
    why = f": {reason}" if reason else ""
    match code:
        case 4401:
            return UnauthorizedError(f"the server wants a valid API key{why}")
        case 4404:
            return SessionGoneError(f"the server no longer has this session{why}")
        case 1013:
            return ServerTooBusyError(f"the server is full, try again later{why}")
        case 1003:
            return InvalidMessageError(f"the server could not take a frame{why}")
        case 1009:
            return TooLargeError(f"a frame was too large for the server{why}")
        case 1008 if not reason.startswith("slow"):
            return PolicyError(f"the server closed the connection{why}")
        case _ if code in _APPLICATION_CODES and code != _IDLE:
            return PolicyError(f"the server closed the connection with code {code}{why}")
        case _:
            return ConnectionLostError(f"connection closed with code {code}{why}")


def refused(status: int, address: str) -> SoriError:
    """The error of an HTTP answer other than 101 to the opening handshake."""
    if status in {401, 403}:
        return UnauthorizedError(f"{address} wants a valid API key (HTTP {status})")
    if status in _HTTP_PASSING:
        return ConnectionLostError(f"{address} is away (HTTP {status})")
    return NotSoriError(f"{address} is no Sori WebSocket (HTTP {status})")
