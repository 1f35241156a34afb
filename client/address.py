"""Addresses of a server: of its live protocol, its HTTP API, and a session to come back to."""

from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from client.errors import AddressError

_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


def websocket_url(address: str) -> str:
    """The URL of `/ws` for `ws(s)://HOST/ws` or, for short, `http(s)://HOST`.

    Raises AddressError for anything else.
    """
    parts = _server(address)
    path = parts.path if parts.path not in {"", "/"} else "/ws"
    return urlunsplit((_SCHEMES[parts.scheme], parts.netloc, path, parts.query, ""))


def http_url(address: str) -> str:
    """What the paths of the HTTP API follow, for either form of the same address.

    Raises AddressError for anything else.
    """
    parts = _server(address)
    scheme = "https" if parts.scheme in {"https", "wss"} else "http"
    path = parts.path.rstrip("/").removesuffix("/ws")
    return urlunsplit((scheme, parts.netloc, path, "", ""))


def resuming_url(url: str, session_id: str, resume_token: str, last_event_id: int) -> str:
    """The URL that goes on with a session after the last event that was received."""
    parts = urlsplit(url)
    query = [
        *parse_qsl(parts.query),
        ("session_id", session_id),
        ("resume_token", resume_token),
        ("last_event_id", str(last_event_id)),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


def shown(url: str) -> str:
    """A URL as messages may show it: without query and password, where secrets live."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _server(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.port == 0:
            raise ValueError("expected ws://HOST:PORT/ws or http://HOST:PORT")
    except ValueError as error:
        raise AddressError(f"{address!r} is no server address: {error}") from error
    return parts
