"""A live session from its first word to its last: what is sent, and whoever watches."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from client.errors import SessionOverError
from client.session import Session
from contract.events import ServerEvent, SessionEnded


async def converse(
    url: str,
    api_key: str | None,
    ca: Path | None,
    send: Callable[[Session], Coroutine[Any, Any, None]],
    watch: Callable[[ServerEvent], None],
) -> None:
    """Connect, `send` what there is to say, `watch` each event until the session is over.

    Raises what either side does, and SessionOverError where the server ends it first.
    """
    reason = ""
    try:
        async with Session.connect(url, api_key, ca=ca) as session, asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(send(session))
            async for event in session:
                watch(event)
                if isinstance(event, SessionEnded):
                    reason = event.reason
            if not sending.done():
                sending.cancel()
                raise SessionOverError(f"the server ended the session: {reason}")
    except ExceptionGroup as group:
        # All of one cause: what ends the session stops both ways.
        raise group.exceptions[0] from None
