"""A client that says everything it has and reads everything it is told."""

import asyncio

from client.reconnecting import Reconnect
from client.session import Session
from contract.audio import SAMPLE_RATE
from contract.events import ServerEvent
from contract.parameters import Parameters

QUICK = Reconnect(window_s=5, first_delay_s=0.002, max_delay_s=0.01)
PARAMETERS = Parameters().model_dump()
SECOND = SAMPLE_RATE * 2


async def read_all(session: Session) -> list[ServerEvent]:
    return [event async for event in session]


def kinds(events: list[ServerEvent]) -> list[str]:
    return [event.type for event in events]


async def send(session: Session, pcm: bytes, packet: int = 3_200) -> None:
    for at in range(0, len(pcm), packet):
        await session.send_audio(pcm[at : at + packet])


async def converse(url: str, pcm: bytes, packet: int) -> list[ServerEvent]:
    async with Session.connect(url, reconnect=QUICK) as session:
        reading = asyncio.create_task(read_all(session))
        await session.start_transcription()
        await send(session, pcm, packet)
        await session.stop_transcription()
        await session.close()
        return await reading
