import asyncio

import pytest

from contract.redis_clients import connect_async


async def test_a_cancelled_command_stays_cancelled(redis_url: str) -> None:
    redis = connect_async(redis_url)
    await redis.ping()

    async def keep_asking() -> None:
        while True:
            await redis.get("key")

    for moment in range(200):
        task = asyncio.create_task(keep_asking())
        await asyncio.sleep(moment % 10 / 3000)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(2):
                await task
    await redis.aclose()


async def test_no_command_of_a_burst_is_refused(redis_url: str) -> None:
    redis = connect_async(redis_url)
    async with asyncio.TaskGroup() as tasks:
        for number in range(300):
            tasks.create_task(redis.rpush("list", number))
    assert await redis.llen("list") == 300
    await redis.aclose()
