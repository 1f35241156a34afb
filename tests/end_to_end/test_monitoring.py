"""What the outside sees of the system as a whole."""

import asyncio
import json

import httpx
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect

from contract.redis_clients import connect_async
from local_stack.stack import Stack
from tests.support.sounds import syllables, to_pcm
from tests.support.wire import Wire, wire


async def converse(live: Wire) -> None:
    await live.say("start_transcription")
    await live.audio(to_pcm(syllables(3)))
    await live.say("close")
    await live.closed()


async def test_health_and_readiness(stack: Stack) -> None:
    async with httpx.AsyncClient(base_url=stack.url()) as http:
        assert (await http.get("/health")).json() == {"status": "ok"}
        ready = await http.get("/ready")

    assert ready.status_code == 200
    assert ready.json()["redis"] == "ok"
    assert ready.json()["stt"].startswith("2 alive: instant (fingerprint, cpu)")
    parts = {"redis", "stt", "diarization", "sentiment", "listener", "media"}
    assert set(ready.json()) == parts


async def test_other_programs_follow_results_and_final_stats(stack: Stack) -> None:
    redis = connect_async(stack.redis_url)
    heard: dict[str, list[dict[str, object]]] = {"result_channel": [], "final_stats": []}
    async with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(*heard)
        async with wire(stack.url()) as live:
            await converse(live)
        session_id = live.events[0]["session_id"]
        async with asyncio.timeout(10):
            while not heard["final_stats"]:
                message = await pubsub.get_message(timeout=1)
                if message and json.loads(message["data"])["session_id"] == session_id:
                    heard[message["channel"].decode()].append(json.loads(message["data"]))
    await redis.aclose()

    (said,) = live.of("transcription")
    assert [each["text"] for each in heard["result_channel"]] == [said["text"]]
    (final,) = heard["final_stats"]
    assert final["reason"] == "closed"
    ended = live.of("session_ended")[0]["stats"]
    assert {name: final[name] for name in ended} == ended


async def test_the_numbers_move_with_what_happens(stack: Stack) -> None:
    async with httpx.AsyncClient(base_url=stack.url(1)) as http:
        before = (await http.get("/stats")).json()
        async with wire(stack.url()) as live:
            await converse(live)
        async with connect(stack.url().replace("http", "ws", 1) + "/ws/stats") as stats:
            async with asyncio.timeout(15):
                async for text in stats:
                    after = json.loads(text)
                    if after["utterances"] > before["utterances"]:
                        break
        metrics = {
            sample.name: sample.value
            for family in text_string_to_metric_families((await http.get("/metrics")).text)
            for sample in family.samples
        }

    neutral = [each["sentiment"]["neutral"]["count"] for each in (before, after)]
    assert neutral[1] - neutral[0] == after["utterances"] - before["utterances"] >= 1
    assert after["workers"] == {"stt": 2, "diarization": 2, "sentiment": 2, "listener": 2}
    assert after["latency_ms"]["total"]["p50"] > 0
    assert metrics["sori_utterances_total"] >= after["utterances"]
