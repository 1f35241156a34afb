"""Who may come in: API keys, and short-lived tokens for browsers, which can't send headers."""

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Header, HTTPException, Request, WebSocket

from contract.errors import UnauthorizedError
from contract.model import Message
from contract.names import token_key
from gateway_service.session.services import Services

router = APIRouter()

TOKEN_TTL_S: Final = 600


class Token(Message):
    """A token to connect with, as `?token=`."""

    token: str
    expires_in: int
    """Seconds."""


@router.post("/tokens")
async def sell_token(request: Request, authorization: Annotated[str, Header()] = "") -> Token:
    """A token good for ten minutes, for whoever has an API key."""
    services: Services = request.app.state.services
    if services.settings.keys and not _is_key(services, authorization):
        raise HTTPException(401, "Authorization: Bearer KEY is missing or wrong")
    token = secrets.token_urlsafe(24)
    await services.redis.set(token_key(token), "1", ex=TOKEN_TTL_S)
    return Token(token=token, expires_in=TOKEN_TTL_S)


async def check_access(services: Services, websocket: WebSocket) -> None:
    """Raises UnauthorizedError unless the connection brings a key or token, where one is needed."""
    if not services.settings.keys or _is_key(services, websocket.headers.get("authorization", "")):
        return
    token = websocket.query_params.get("token")
    if not token or not await services.redis.exists(token_key(token)):
        raise UnauthorizedError("an API key or a token is needed")


def _is_key(services: Services, authorization: str) -> bool:
    scheme, _, given = authorization.partition(" ")
    known = [
        secrets.compare_digest(key.encode(), given.strip().encode())
        for key in services.settings.keys
    ]
    return scheme.lower() == "bearer" and any(known)
