"""A session outlives its connection, and its gateway."""

import itertools
import random

import numpy as np

from local_stack.stack import Stack
from tests.support.sounds import silence, syllables, to_pcm
from tests.support.wire import Event, texts, wire

TALK = to_pcm(
    np.concatenate(
        [
            part
            for number in range(12)
            for part in (silence(0.4 + number % 3 / 2), syllables(2 + number % 5 * 2.5, number))
        ]
    )
)
CUTS = 20


async def uncut(url: str) -> list[str]:
    async with wire(url) as live:
        await live.say("start_transcription")
        await live.audio(TALK)
        await live.say("close")
        await live.closed()
    return texts(live.events)


async def test_a_session_cut_twenty_times_loses_and_doubles_nothing(stack: Stack) -> None:
    dice = random.Random(5)  # noqa: S311 (not for secrets)
    seen: list[Event] = []
    query: dict[str, object] = {}
    for number, gateway in enumerate(itertools.islice(itertools.cycle([0, 1]), CUTS + 1)):
        async with wire(stack.url(gateway), **query) as live:
            if query:
                resumed = await live.until("session_resumed")
                position = 2 * resumed["samples_received"]
                assert resumed["state"] == "transcribing"
            else:
                started = await live.until("session_started")
                query = {name: started[name] for name in ("session_id", "resume_token")}
                await live.say("start_transcription")
                await live.until("transcription_started")
                position = 0
            if number == CUTS:
                await live.audio(TALK[position:])
                await live.say("close")
                assert (await live.closed())[0] == 1000
            else:
                goal = len(TALK) * (number + 1) // (CUTS + 1)
                await live.audio(TALK[position : max(position, goal + 2 * dice.randrange(8000))])
                if dice.random() < 0.5:
                    await live.until_all(lambda event: event["type"] != "stats", 1)
                await live.cut()
        seen += [event for event in live.events if "event_id" in event]
        query["last_event_id"] = seen[-1]["event_id"]

    assert [event["event_id"] for event in seen] == list(range(1, len(seen) + 1))
    assert texts(seen) == await uncut(stack.url())


async def test_what_a_cut_client_missed_is_sent_again(stack: Stack) -> None:
    async with wire(stack.url()) as live:
        started = await live.until("session_started")
        await live.say("start_transcription")
        await live.audio(TALK)
        await live.say("stop_transcription")
        await live.until("transcription_stopped")
    query = {name: started[name] for name in ("session_id", "resume_token")}

    async with wire(stack.url(1), **query, last_event_id=3) as again:
        await again.until("transcription_stopped")
        await again.say("close")
        await again.closed()

    missed = [event for event in live.events if event.get("event_id", 0) > 3]
    keep = ("event_id", "type", "text", "utterance_id", "words")
    replayed = [event for event in again.events if "event_id" in event]
    assert [[e.get(k) for k in keep] for e in replayed[: len(missed)]] == [
        [e.get(k) for k in keep] for e in missed
    ]
    assert replayed[-1]["type"] == "session_ended"


async def test_a_second_connection_takes_the_session_from_the_first(stack: Stack) -> None:
    async with wire(stack.url()) as first:
        started = await first.until("session_started")
        await first.say("start_transcription")
        await first.until("transcription_started")
        query = {name: started[name] for name in ("session_id", "resume_token")}
        async with wire(stack.url(1), **query, last_event_id=3) as second:
            await second.until("session_resumed")
            await first.audio(to_pcm(np.concatenate([syllables(2), silence(1)])))
            assert await first.closed() == (1008, "the session goes on over another connection")
            await second.audio(to_pcm(np.concatenate([syllables(2), silence(1)])))
            await second.say("stop_transcription")
            await second.until("transcription_stopped")

    assert len(texts(second.events)) == 1
    assert not texts(first.events)


async def test_an_ended_session_can_still_be_read(stack: Stack) -> None:
    async with wire(stack.url()) as live:
        started = await live.until("session_started")
        await live.say("close")
        await live.closed()
    query = {name: started[name] for name in ("session_id", "resume_token")}

    for last_event_id in (0, live.events[-1]["event_id"]):
        async with wire(stack.url(1), **query, last_event_id=last_event_id) as late:
            assert (await late.closed())[0] == 1000
        assert late.events[0]["state"] == "ended"
        assert len(late.events) == 1 + len(live.events) - last_event_id
