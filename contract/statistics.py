"""A session's statistics, read off what the listener keeps.

How people take turns is told by one microphone, which hears no overlap. A monologue is a stretch of
segments of one speaker, ended by another's or by a pause of 5 s. Somebody interrupts who takes the
word from another less than 0.1 s after it, without the breath that a turn usually waits for.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import Field
from redis.asyncio import Redis

from contract.model import Message
from contract.names import counts_key, latencies_key, turns_key
from contract.values import Counts, Figures, LatencyQuantiles, SessionStats, SpeakerCounts

NOBODY: Final = "none"
"""Stands for `speaker_id: null` in the counters' names."""

EVERYBODY: Final = "all"

_WORTH: Final = {"+": 1, "-": -1, "0": 0}


class Floor(Message):
    """Who spoke last, and since when without another, seconds."""

    who: str
    start: float
    end: float


class TurnTaking(Message):
    """How a session's speakers took turns, by `speaker_id` as text or NOBODY."""

    longest: dict[str, float] = Field(default_factory=dict)
    """Monologues, seconds."""
    interruptions: dict[str, int] = Field(default_factory=dict)
    recent: dict[str, str] = Field(default_factory=dict)
    """How the last segments felt, `+`, `-` or `0` each; of EVERYBODY as well."""
    floor: Floor | None = None


async def read_session_stats(redis: Redis, session_id: str) -> SessionStats:
    """The statistics of a session as of now."""
    async with redis.pipeline(transaction=True) as pipe:
        pipe.hgetall(counts_key(session_id))
        pipe.lrange(latencies_key(session_id), 0, -1)
        pipe.hget(turns_key(session_id), "now")
        counters, latencies, turns = await pipe.execute()
    return session_stats(
        {name.decode(): value.decode() for name, value in counters.items()},
        [float(value) for value in latencies],
        TurnTaking.model_validate_json(turns) if turns else TurnTaking(),
    )


def session_stats(
    counters: Mapping[str, str], latencies: Sequence[float], turns: TurnTaking
) -> SessionStats:
    """Build the statistics from counters `SPEAKER:NAME` (and `SPEAKER:speaker`, its label)."""
    by_speaker: dict[str, dict[str, str]] = {}
    for name, value in counters.items():
        who, _, what = name.partition(":")
        by_speaker.setdefault(who, {})[what] = value
    labels = {who: fields.pop("speaker", "") for who, fields in by_speaker.items()}
    counts = {who: _counts(fields) for who, fields in by_speaker.items()}
    overall = Counts(
        segments=sum(each.segments for each in counts.values()),
        words=sum(each.words for each in counts.values()),
        speech_seconds=_even(sum(each.speech_seconds for each in counts.values())),
        positive=sum(each.positive for each in counts.values()),
        negative=sum(each.negative for each in counts.values()),
        neutral=sum(each.neutral for each in counts.values()),
    )
    speakers = [
        SpeakerCounts(
            speaker_id=None if who == NOBODY else int(who),
            speaker=labels[who],
            talk_share=_share(counts[who].speech_seconds, overall.speech_seconds),
            **_figures(
                counts[who],
                turns.recent.get(who, ""),
                turns.longest.get(who, 0.0),
                turns.interruptions.get(who, 0),
            ),
        )
        for who in sorted(counts, key=lambda who: (who == NOBODY, who.zfill(6)))
    ]
    return SessionStats(
        speakers=speakers,
        overall=Figures(
            **_figures(
                overall,
                turns.recent.get(EVERYBODY, ""),
                max((each.longest_monologue_seconds for each in speakers), default=0.0),
                sum(each.interruptions for each in speakers),
            )
        ),
        summary=summary(overall.positive, overall.negative),
        summary_en=summary_en(overall.positive, overall.negative),
        latency_ms=quantiles(latencies),
    )


def _counts(fields: Mapping[str, str]) -> Counts:
    counts = Counts.model_validate(fields, strict=False)
    return counts.model_copy(update={"speech_seconds": _even(counts.speech_seconds)})


def _even(seconds: float) -> float:
    """Milliseconds are what was added; sums of floats are not even."""
    return round(seconds, 3)


def _figures(counts: Counts, recent: str, longest: float, interruptions: int) -> dict[str, Any]:
    minutes = counts.speech_seconds / 60
    return {
        **counts.model_dump(),
        "positive_share": _share(counts.positive, counts.segments),
        "negative_share": _share(counts.negative, counts.segments),
        "neutral_share": _share(counts.neutral, counts.segments),
        "recent_sentiment": (
            round(sum(_WORTH[felt] for felt in recent) / len(recent), 3) if recent else None
        ),
        "words_per_minute": round(counts.words / minutes, 1) if minutes > 0 else None,
        "longest_monologue_seconds": round(longest, 3),
        "interruptions": interruptions,
    }


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole > 0 else 0.0


def summary(positive: int, negative: int) -> str:
    """Sentiment in one line; the shares are of what was not neutral."""
    share, rest = _percents(positive, negative)
    return f"긍정: {positive}회 {share}% / 부정: {negative}회 {rest}%"


def summary_en(positive: int, negative: int) -> str:
    """The same in English."""
    share, rest = _percents(positive, negative)
    return f"Positive: {positive}× {share}% / Negative: {negative}× {rest}%"


def _percents(positive: int, negative: int) -> tuple[int, int]:
    felt = positive + negative
    if not felt:
        return 0, 0
    share = round(100 * positive / felt)
    return share, 100 - share


def quantiles(values: Sequence[float]) -> LatencyQuantiles:
    """Median and 95th percentile by the nearest-rank method."""
    if not values:
        return LatencyQuantiles(p50=None, p95=None)
    ordered = sorted(values)
    return LatencyQuantiles(p50=_rank(ordered, 0.5), p95=_rank(ordered, 0.95))


def _rank(ordered: Sequence[float], share: float) -> float:
    return round(ordered[math.ceil(len(ordered) * share) - 1], 1)
