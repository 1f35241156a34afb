"""Corrections: the statistics are those of the last label of each segment, whatever came when."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from contract.event_log import EventLog
from contract.events import Event, SpeakerUpdated, Transcription
from contract.names import Channel, counts_key, ledger_key, session_key, told_key
from contract.redis_clients import connect_async
from contract.statistics import read_session_stats, summary
from contract.values import Sentiment, SentimentLabel, Word
from contract.work import CORRECTABLE_UTTERANCES
from listener_service.settlement import Settlement
from tests.support.recounting import Speaker, recount

SESSION = "abc"
WORD = Word(word="네", start=0, end=1, confidence=1)
UTTERANCES = 8


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect_async(redis_url)
    await open_session(client)
    yield client
    await client.aclose()


async def open_session(redis: Redis, session_id: str = SESSION, utterances: int = 10) -> None:
    await redis.hset(session_key(session_id), mapping={"epoch": 1})
    await redis.expire(session_key(session_id), 900)
    numbers = range(1, utterances + 1)
    await redis.hset(ledger_key(session_id), mapping={str(number): "{}" for number in numbers})


def name(speaker_id: Speaker) -> str | None:
    return None if speaker_id is None else f'Kim "{speaker_id}"/김'


def said(
    segment_id: str,
    speaker_id: Speaker,
    *,
    label: SentimentLabel = "positive",
    words: int = 1,
    seconds: float = 0.5,
    session_id: str = SESSION,
) -> Transcription:
    utterance_id = int(segment_id.partition(".")[0])
    return Transcription(
        session_id=session_id,
        utterance_id=utterance_id,
        segment_id=segment_id,
        speaker_id=speaker_id,
        speaker=name(speaker_id),
        text="네",
        timestamp="2026-01-01T00:00:00+00:00",
        start=utterance_id,
        end=utterance_id + seconds,
        words=[WORD] * words,
        language="ko",
        confidence=1.0,
        sentiment=Sentiment(label=label, score=1.0, scores={}),
        latency_ms={"total": 1.0},
    )


def corrected(
    segment_ids: Iterable[str], speaker_id: Speaker, session_id: str = SESSION
) -> SpeakerUpdated:
    return SpeakerUpdated(
        session_id=session_id,
        segment_ids=list(segment_ids),
        speaker_id=speaker_id,
        speaker=name(speaker_id),
    )


async def told(redis: Redis, session_id: str = SESSION) -> list[dict[str, Any]]:
    """The session's events as its client reads them."""
    stored = await EventLog(redis).read_after(session_id, 0, count=1000)
    return [json.loads(event.text) for event in stored]


async def agree(redis: Redis, session_id: str = SESSION) -> None:
    stats = await read_session_stats(redis, session_id)
    speakers, overall = recount(await told(redis, session_id))
    assert stats.speakers == speakers
    assert stats.overall == overall
    assert stats.summary == summary(overall.positive, overall.negative)


async def test_a_correction_moves_what_its_segments_count_for(redis: Redis) -> None:
    settlement = Settlement(redis)
    first = [said("1.1", 0, words=3, seconds=1.25), said("1.2", 1, label="negative", words=2)]
    await settlement.settle(SESSION, 1, first, 0.0)
    await settlement.settle(SESSION, 2, [said("2.1", 0), corrected(["1.1"], 1)], 0.0)

    stats = await read_session_stats(redis, SESSION)

    nobody, other = stats.speakers
    assert nobody.model_dump() == {
        "speaker_id": 0,
        "speaker": name(0),
        "segments": 1,
        "words": 1,
        "speech_seconds": 0.5,
        "positive": 1,
        "negative": 0,
        "neutral": 0,
        "positive_share": 1.0,
        "negative_share": 0.0,
        "neutral_share": 0.0,
        "recent_sentiment": 1.0,
        "words_per_minute": 120.0,
        "longest_monologue_seconds": 0.5,
        "interruptions": 0,
        "talk_share": 0.2222,
    }
    assert (other.segments, other.words, other.speech_seconds) == (2, 5, 1.75)
    assert (other.positive, other.negative) == (1, 1)
    await agree(redis)


async def test_corrections_come_after_what_was_said_and_are_numbered_with_it(redis: Redis) -> None:
    settlement = Settlement(redis)
    await settlement.settle(SESSION, 2, [said("2.1", 0), corrected(["1.1"], None)], 0.0)
    await settlement.settle(SESSION, 1, [said("1.1", 0)], 0.0)

    events = await told(redis)

    assert [event["event_id"] for event in events] == [1, 2, 3]
    assert [event["type"] for event in events] == ["transcription"] * 2 + ["speaker_updated"]
    assert events[2] == {
        "event_id": 3,
        "type": "speaker_updated",
        "session_id": SESSION,
        "segment_ids": ["1.1"],
        "speaker_id": None,
        "speaker": None,
    }


async def test_a_speaker_of_nothing_is_gone(redis: Redis) -> None:
    settlement = Settlement(redis)
    await settlement.settle(SESSION, 1, [said("1.1", 0), said("1.2", 1)], 0.0)
    await settlement.settle(SESSION, 2, [corrected(["1.1"], 1)], 0.0)

    assert [each.speaker_id for each in (await read_session_stats(redis, SESSION)).speakers] == [1]
    assert not await redis.hexists(counts_key(SESSION), "0:speaker")

    await settlement.settle(SESSION, 3, [corrected(["1.2"], None), corrected(["1.1"], 0)], 0.0)
    assert [each.speaker_id for each in (await read_session_stats(redis, SESSION)).speakers] == [
        0,
        None,
    ]
    await agree(redis)


async def test_a_correction_that_comes_twice_moves_once(redis: Redis) -> None:
    settlement = Settlement(redis)
    await settlement.settle(SESSION, 1, [said("1.1", 0), said("1.2", 0)], 0.0)
    correction = corrected(["1.1"], 1)
    for utterance_id in (2, 2, 3):
        await settlement.settle(SESSION, utterance_id, [correction], 0.0)

    assert [event["type"] for event in await told(redis)].count("speaker_updated") == 1
    await agree(redis)


async def test_a_correction_of_what_was_never_told_is_dropped(redis: Redis) -> None:
    settlement = Settlement(redis)
    await settlement.settle(SESSION, 1, [said("1.1", 0)], 0.0)

    late = await settlement.settle(SESSION, 2, [corrected(["7.1", "1.1", "odd"], 1)], 0.0)
    nothing = await settlement.settle(SESSION, 3, [corrected(["1.9"], 0)], 0.0)

    assert (late.released, late.dropped) == (1, ("7.1", "odd"))
    assert (nothing.released, nothing.dropped) == (0, ("1.9",))
    assert [event.get("segment_ids") for event in await told(redis)] == [None, ["1.1"]]
    await agree(redis)


async def test_only_the_last_utterances_are_kept_for_correcting(redis: Redis) -> None:
    settlement = Settlement(redis)
    last = CORRECTABLE_UTTERANCES + 1
    await open_session(redis, utterances=last + 2)
    for number in range(1, last + 1):
        await settlement.settle(SESSION, number, [said(f"{number}.1", 0)], 0.0)

    assert await redis.hlen(told_key(SESSION)) == CORRECTABLE_UTTERANCES
    assert 0 < await redis.ttl(told_key(SESSION)) <= 900
    gone = await settlement.settle(SESSION, last + 1, [corrected(["1.1"], 1)], 0.0)
    kept = await settlement.settle(SESSION, last + 2, [corrected(["2.1", f"{last}.1"], 1)], 0.0)
    assert (gone.dropped, kept.dropped) == (("1.1",), ())
    await agree(redis)


async def test_two_listeners_correct_side_by_side(redis: Redis) -> None:
    listeners = [Settlement(redis), Settlement(redis)]
    events: dict[int, list[Event]] = {
        n: [said(f"{n}.1", n % 2), corrected([f"{m}.1" for m in range(1, n)], n % 3)]
        for n in range(1, 11)
    }
    doubled = [n for n in (3, 9, 1, 10, 2, 7, 5, 4, 8, 6) for _ in range(2)]

    await asyncio.gather(
        *(
            listeners[i % 2].settle(SESSION, n, events[n], 0.0)
            for i, n in enumerate([*doubled, *reversed(doubled)])
        )
    )

    stats = await read_session_stats(redis, SESSION)
    assert {each.speaker_id: each.segments for each in stats.speakers} == {0: 1, 1: 9}
    await agree(redis)


async def test_other_programs_hear_of_transcriptions_alone(redis: Redis) -> None:
    settlement = Settlement(redis)
    async with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(Channel.RESULTS.value)
        await settlement.settle(SESSION, 1, [said("1.1", 0), corrected(["1.1"], 1)], 0.0)
        await settlement.settle(SESSION, 2, [said("2.1", 0)], 0.0)
        heard: list[dict[str, Any]] = []
        async with asyncio.timeout(5):
            while len(heard) < 2:
                if message := await pubsub.get_message(timeout=1):
                    heard.append(json.loads(message["data"]))

    assert [event["segment_id"] for event in heard] == ["1.1", "2.1"]


@dataclass(frozen=True, slots=True)
class Settling:
    """What one utterance brings: segments as (speaker, label, words, ms), then corrections."""

    segments: list[tuple[Speaker, SentimentLabel, int, int]]
    corrections: list[tuple[list[tuple[int, int]], Speaker]]

    def events(self, utterance_id: int, session_id: str) -> list[Event]:
        """Its events; corrections may be of segments that never were, or are still to come."""
        return [
            *(
                said(
                    f"{utterance_id}.{number}",
                    speaker_id,
                    label=label,
                    words=words,
                    seconds=ms / 1000,
                    session_id=session_id,
                )
                for number, (speaker_id, label, words, ms) in enumerate(self.segments, start=1)
            ),
            *(
                corrected([f"{u}.{n}" for u, n in places], speaker_id, session_id)
                for places, speaker_id in self.corrections
            ),
        ]


speakers = st.sampled_from([None, 0, 1, 2])
labels: st.SearchStrategy[SentimentLabel] = st.sampled_from(["positive", "negative", "neutral"])
segments = st.tuples(speakers, labels, st.integers(0, 3), st.integers(0, 9999))
places = st.tuples(st.integers(1, UTTERANCES), st.integers(1, 3))
settlings = st.builds(
    Settling,
    st.lists(segments, max_size=3),
    st.lists(st.tuples(st.lists(places, min_size=1, max_size=4), speakers), max_size=3),
)
numbers = itertools.count()


def final_labels(utterances: Sequence[Settling]) -> dict[str, Speaker]:
    """Who said each segment in the end, by the order of utterances alone."""
    final: dict[str, Speaker] = {}
    for utterance_id, settling in enumerate(utterances, start=1):
        for number, (speaker_id, *_) in enumerate(settling.segments, start=1):
            final[f"{utterance_id}.{number}"] = speaker_id
        for wrong, speaker_id in settling.corrections:
            final |= {f"{u}.{n}": speaker_id for u, n in wrong if f"{u}.{n}" in final}
    return final


@settings(
    max_examples=100,
    deadline=None,
    # Each example has a session of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    utterances=st.lists(settlings, min_size=UTTERANCES, max_size=UTTERANCES),
    order=st.permutations(range(1, UTTERANCES + 1)),
    again=st.lists(st.integers(1, UTTERANCES), max_size=4),
)
async def test_statistics_are_those_of_the_final_labels(
    redis: Redis, utterances: list[Settling], order: list[int], again: list[int]
) -> None:
    session_id = f"s{next(numbers)}"
    await open_session(redis, session_id, UTTERANCES)
    listeners = itertools.cycle([Settlement(redis), Settlement(redis)])

    for utterance_id in [*order[:5], *again, *order[5:], *again]:
        events = utterances[utterance_id - 1].events(utterance_id, session_id)
        await next(listeners).settle(session_id, utterance_id, events, 0.0)

    await agree(redis, session_id)
    final = list(final_labels(utterances).values())
    stats = await read_session_stats(redis, session_id)
    assert {each.speaker_id: each.segments for each in stats.speakers} == {
        speaker_id: final.count(speaker_id) for speaker_id in set(final)
    }
