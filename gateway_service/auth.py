"""Who may come in: API keys, and short-lived tokens for browsers, which can't send headers."""

import secrets
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Security, WebSocket
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.datastructures import Headers

from contract.errors import UnauthorizedError
from contract.model import Message
from contract.names import token_key
from gateway_service.session.services import Services

router = APIRouter(tags=["access"])

TOKEN_TTL_S: Final = 600

KEY_HEADER: Final = "X-API-Key"


class Token(Message):
    """A token to connect with, as `?token=`."""

    token: str
    expires_in: int
    """Seconds."""


async def require_key(
    request: Request,
    # Read below with those of WebSockets; they are here so that /docs knows how to send a key.
    _header: Annotated[Any, Security(APIKeyHeader(name=KEY_HEADER, auto_error=False))],
    _bearer: Annotated[Any, Security(HTTPBearer(auto_error=False))],
) -> None:
    """Raises UnauthorizedError unless the request brings a key, where one is needed."""
    services: Services = request.app.state.services
    if not may_come_in(services.settings.keys, request.headers):
        raise UnauthorizedError(f"{KEY_HEADER} (or Authorization: Bearer) is missing or wrong")


@router.post("/tokens", dependencies=[Depends(require_key)], summary="Get a token for a browser")
async def sell_token(request: Request) -> Token:
    """A token good for ten minutes, for whoever has an API key."""
    services: Services = request.app.state.services
    token = secrets.token_urlsafe(24)
    await services.redis.set(token_key(token), "1", ex=TOKEN_TTL_S)
    return Token(token=token, expires_in=TOKEN_TTL_S)


async def check_access(services: Services, websocket: WebSocket) -> None:
    """Raises UnauthorizedError unless the connection brings a key or token, where one is needed."""
    if may_come_in(services.settings.keys, websocket.headers):
        return
    token = websocket.query_params.get("token")
    if not token or not await services.redis.exists(token_key(token)):
        raise UnauthorizedError("an API key or a token is needed")


def may_come_in(keys: frozenset[str], headers: Headers) -> bool:
    """Whether no key is needed, or one of `keys` came, in either of the two headers."""
    if not keys:
        return True
    given = [headers.get(KEY_HEADER, "")]
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        given.append(credentials)
    matches = [
        secrets.compare_digest(key.encode(), candidate.strip().encode())
        for key in keys
        for candidate in given
    ]
    return any(matches)
