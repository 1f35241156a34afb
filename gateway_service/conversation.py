"""A session and whoever it is talked to over: what every protocol has in common."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from contract.logs import log_context
from contract.names import session_channel
from gateway_service.delivery.outbox import Outbox
from gateway_service.session.record import SessionRecord
from gateway_service.session.services import Services
from gateway_service.session.session import Session


@asynccontextmanager
async def attached(
    record: SessionRecord, services: Services, after: int
) -> AsyncIterator[tuple[Session, Outbox]]:
    """The session in this gateway's hands, with an outbox of what came after event `after`."""
    outbox = Outbox(record.session_id, services.log, after)
    session = Session(record, services, outbox)
    channel, listener = session_channel(record.session_id), session.notified
    with log_context(session_id=record.session_id):
        await services.subscriptions.subscribe(channel, listener)
        try:
            yield session, outbox
        finally:
            await services.subscriptions.unsubscribe(channel, listener)


async def converse(
    session: Session,
    receiving: Coroutine[Any, Any, None],
    sending: Coroutine[Any, Any, None],
) -> None:
    """Receive and watch over what is owed until the sending is done; an error of any ends all."""
    async with asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(receiving), tasks.create_task(session.watch_over_owed())]
        await tasks.create_task(sending)
        for task in beside:
            task.cancel()


def first_cause(error: BaseException) -> BaseException:
    """Why a group of tasks ended: the first to fail ends all."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
