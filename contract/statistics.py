"""A session's statistics, read off the counters that the listener keeps."""

import math
from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from contract.names import counts_key, latencies_key
from contract.values import Counts, LatencyQuantiles, SessionStats, SpeakerCounts

NOBODY = "none"
"""Stands for `speaker_id: null` in the counters' names."""


async def read_session_stats(redis: Redis, session_id: str) -> SessionStats:
    """The statistics of a session as of now."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hgetall(counts_key(session_id))
        pipe.lrange(latencies_key(session_id), 0, -1)
        counters, latencies = await pipe.execute()
    return session_stats(
        {name.decode(): value.decode() for name, value in counters.items()},
        [float(value) for value in latencies],
    )


def session_stats(counters: Mapping[str, str], latencies: Sequence[float]) -> SessionStats:
    """Build the statistics from counters `SPEAKER:NAME` (and `SPEAKER:speaker`, its label)."""
    by_speaker: dict[str, dict[str, str]] = {}
    for name, value in counters.items():
        who, _, what = name.partition(":")
        by_speaker.setdefault(who, {})[what] = value
    speakers = []
    for who in sorted(by_speaker, key=lambda who: (who == NOBODY, who.zfill(6))):
        fields = by_speaker[who]
        label = fields.pop("speaker", "")
        speaker_id = None if who == NOBODY else int(who)
        counts = Counts.model_validate(fields, strict=False).model_dump()
        counts["speech_seconds"] = round(counts["speech_seconds"], 3)  # sums of floats are not even
        speakers.append(SpeakerCounts(speaker_id=speaker_id, speaker=label, **counts))
    overall = Counts(
        segments=sum(speaker.segments for speaker in speakers),
        words=sum(speaker.words for speaker in speakers),
        speech_seconds=round(sum(speaker.speech_seconds for speaker in speakers), 3),
        positive=sum(speaker.positive for speaker in speakers),
        negative=sum(speaker.negative for speaker in speakers),
        neutral=sum(speaker.neutral for speaker in speakers),
    )
    return SessionStats(
        speakers=speakers,
        overall=overall,
        summary=summary(overall.positive, overall.negative),
        latency_ms=quantiles(latencies),
    )


def summary(positive: int, negative: int) -> str:
    """Sentiment in one line; the shares are of what was not neutral."""
    felt = positive + negative
    share = round(100 * positive / felt) if felt else 0
    rest = 100 - share if felt else 0
    return f"긍정: {positive}회 {share}% / 부정: {negative}회 {rest}%"


def quantiles(values: Sequence[float]) -> LatencyQuantiles:
    """Median and 95th percentile by the nearest-rank method."""
    if not values:
        return LatencyQuantiles(p50=None, p95=None)
    ordered = sorted(values)
    return LatencyQuantiles(p50=_rank(ordered, 0.5), p95=_rank(ordered, 0.95))


def _rank(ordered: Sequence[float], share: float) -> float:
    return round(ordered[math.ceil(len(ordered) * share) - 1], 1)
