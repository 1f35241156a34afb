import asyncio
from collections.abc import AsyncIterator

import numpy as np

from client.commands.mic import Enough, meter
from contract.events import SpeakerRegistrationProgress


def test_the_meter_shows_how_loud_it_is() -> None:
    silent, loud = meter(bytes(960)), meter(np.full(480, 32_767, "<i2").tobytes())
    assert silent.startswith("░" * 30)
    assert loud.startswith("█" * 30)


def test_an_enrolment_hears_no_more_than_it_needs() -> None:
    enough = Enough()

    async def spoken() -> AsyncIterator[bytes]:
        for number in range(10):
            if number == 3:
                enough.note(progress(3.0))
            yield bytes([number, 0])

    async def collect() -> list[bytes]:
        return [packet async for packet in enough.until_enough(spoken())]

    assert len(asyncio.run(collect())) == 4


def progress(seconds: float) -> SpeakerRegistrationProgress:
    return SpeakerRegistrationProgress(
        session_id="s", speaker_id=0, speech_seconds=seconds, needed_seconds=3
    )
