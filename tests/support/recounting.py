"""A session's statistics, worked out from its events alone: what the listener's must equal."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from contract.values import Figures, SpeakerCounts

Speaker = int | None
Segment = dict[str, Any]

WORTH = {"positive": 1, "negative": -1, "neutral": 0}


def recount(events: Sequence[dict[str, Any]]) -> tuple[list[SpeakerCounts], Figures]:
    """Of each speaker and overall; events of other kinds than these two say nothing."""
    segments: dict[str, Segment] = {}
    for event in events:
        if event["type"] == "transcription":
            segments[event["segment_id"]] = event
        elif event["type"] == "speaker_updated":
            label = {key: event[key] for key in ("speaker_id", "speaker")}
            for segment_id in event["segment_ids"]:
                segments[segment_id] |= label
    said = list(segments.values())
    by_speaker: dict[Speaker, list[Segment]] = {}
    for segment in said:
        by_speaker.setdefault(segment["speaker_id"], []).append(segment)
    longest, interrupted = monologues(said), interruptions(said)
    overall = figures(said, max(longest.values(), default=0.0), sum(interrupted.values()))
    known = sorted(speaker_id for speaker_id in by_speaker if speaker_id is not None)
    ordered: list[Speaker] = [*known, *([None] if None in by_speaker else [])]
    return [
        SpeakerCounts(
            speaker_id=speaker_id,
            speaker=by_speaker[speaker_id][0]["speaker"] or "",
            talk_share=share(seconds(by_speaker[speaker_id]), seconds(said)),
            **figures(
                by_speaker[speaker_id], longest[speaker_id], interrupted.get(speaker_id, 0)
            ).model_dump(),
        )
        for speaker_id in ordered
    ], overall


def figures(segments: Sequence[Segment], longest: float, interrupted: int) -> Figures:
    labels = [segment["sentiment"]["label"] for segment in segments]
    words = sum(len(segment["words"]) for segment in segments)
    last = labels[-20:]
    return Figures(
        segments=len(segments),
        words=words,
        speech_seconds=seconds(segments),
        positive=labels.count("positive"),
        negative=labels.count("negative"),
        neutral=labels.count("neutral"),
        positive_share=share(labels.count("positive"), len(labels)),
        negative_share=share(labels.count("negative"), len(labels)),
        neutral_share=share(labels.count("neutral"), len(labels)),
        recent_sentiment=(
            round(sum(WORTH[label] for label in last) / len(last), 3) if last else None
        ),
        words_per_minute=(
            round(words / (seconds(segments) / 60), 1) if seconds(segments) else None
        ),
        longest_monologue_seconds=round(longest, 3),
        interruptions=interrupted,
    )


def stretches(segments: Sequence[Segment]) -> list[list[Segment]]:
    """What each speaker said in one go."""
    found: list[list[Segment]] = []
    for segment in segments:
        last = found[-1] if found else []
        same = bool(last) and segment["speaker_id"] == last[0]["speaker_id"]
        if same and -1 <= segment["start"] - end(last) < 5:
            last.append(segment)
        else:
            found.append([segment])
    return found


def monologues(segments: Sequence[Segment]) -> dict[Speaker, float]:
    """The longest of each speaker, seconds."""
    longest: dict[Speaker, float] = {}
    for stretch in stretches(segments):
        who = stretch[0]["speaker_id"]
        longest[who] = max(longest.get(who, 0.0), end(stretch) - stretch[0]["start"])
    return longest


def interruptions(segments: Sequence[Segment]) -> dict[Speaker, int]:
    """How often each speaker took the word without a breath."""
    counts: dict[Speaker, int] = {}
    for one, other in pairwise(stretches(segments)):
        speakers = {one[0]["speaker_id"], other[0]["speaker_id"]}
        if len(speakers - {None}) == 2 and -1 <= other[0]["start"] - end(one) < 0.1:
            counts[other[0]["speaker_id"]] = counts.get(other[0]["speaker_id"], 0) + 1
    return counts


def end(stretch: Sequence[Segment]) -> float:
    return float(max(segment["end"] for segment in stretch))


def seconds(segments: Iterable[Segment]) -> float:
    return round(sum(round(one["end"] - one["start"], 3) for one in segments), 3)


def share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0
