"""Real conversations cut by the real endpointer: who is said to have spoken, when."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import redis

from contract.parameters import Parameters
from contract.work import Segment
from diarization_worker.encoders.encoder import Audio
from diarization_worker.encoders.resemblyzer import ResemblyzerEncoder
from diarization_worker.live.diarizer import Diarizer
from diarization_worker.live.voice_store import VoiceStore
from gateway_service.endpointing.endpointer import Endpointer, Utterance
from stt_worker.engine import Heard, HeardWord
from stt_worker.tasks import transcript_of
from tests.diarization_worker.real_speech import Turn, librispeech, telephone_call
from tests.diarization_worker.voices_of import pcm
from tests.support.jobs import speech_job
from tests.support.purity import accuracy

FRAME_S = 0.01


@pytest.fixture(scope="module")
def encoder() -> ResemblyzerEncoder:
    return ResemblyzerEncoder.load("cpu")


def utterances(audio: Audio) -> list[Utterance]:
    endpointer = Endpointer(Parameters())
    events = [*endpointer.feed(pcm(audio), 1.0), *endpointer.flush(1.0)]
    return [event for event in events if isinstance(event, Utterance)]


def spoken(seconds: float) -> Heard:
    """As many words as there are quarters of a second."""
    starts = np.arange(0.0, seconds, 0.25).tolist()
    words = [HeardWord("well", start, start + 0.25, 1.0) for start in starts]
    return Heard(" ".join(word.word for word in words), words, "en", 1.0)


def diarize(
    encoder: ResemblyzerEncoder, client: redis.Redis, session_id: str, audio: Audio
) -> list[Segment]:
    """The segments of a session; a word is a quarter of a second."""
    heard = dict(enumerate(utterances(audio), start=1))
    jobs = [
        speech_job(number, session_id).model_copy(
            update={"start": utterance.start / 16_000, "end": utterance.end / 16_000}
        )
        for number, utterance in heard.items()
    ]
    audios = {job.audio_key: heard[job.utterance_id].pcm for job in jobs}
    diarizer = Diarizer(encoder, VoiceStore(client), audios.__getitem__)
    segments = []
    for job in jobs:
        transcript = transcript_of(job, spoken(job.end - job.start), 1.0)
        segments += diarizer.attribute(transcript).segments
    return segments


def score(turns: list[Turn], segments: list[Segment]) -> float:
    """Share of the time that somebody speaks in which the right speaker is told."""

    def label(moment: float) -> int | None:
        return next((s.speaker_id for s in segments if s.start <= moment < s.end), None)

    return accuracy(
        [
            (turn.who, label(float(moment)), FRAME_S)
            for turn in turns
            for moment in np.arange(turn.start, turn.end, FRAME_S)
        ]
    )


def test_both_sides_of_a_call_without_pauses_are_heard(
    encoder: ResemblyzerEncoder, redis_client: redis.Redis
) -> None:
    audio, turns = telephone_call()
    segments = diarize(encoder, redis_client, "call", audio)
    assert len(segments) > len({segment.segment_id.split(".")[0] for segment in segments})
    assert {segment.speaker_id for segment in segments} == {0, 1}
    assert score(turns, segments) > 0.7


@pytest.mark.data
def test_two_readers_without_pauses_are_told_apart(
    encoder: ResemblyzerEncoder, redis_client: redis.Redis, speech_data: Path
) -> None:
    people = librispeech(speech_data)
    scores = []
    for first, second in itertools.combinations(people, 2):
        turns: list[Turn] = []
        parts: list[Audio] = []
        for number, seconds in enumerate([3.5, 2.4, 5.0, 1.6, 3.5]):
            for who in (first, second):
                parts.append(people[who][number][: int(seconds * 16_000)])
                start = turns[-1].end if turns else 0.0
                turns.append(Turn(who, start, start + len(parts[-1]) / 16_000))
        segments = diarize(encoder, redis_client, first + second, np.concatenate(parts))
        scores.append(score(turns, segments))
    assert np.mean(scores) > 0.8


@pytest.mark.data
def test_one_reader_is_seldom_taken_for_two(
    encoder: ResemblyzerEncoder, redis_client: redis.Redis, speech_data: Path
) -> None:
    scores, cut, all_of_them = [], 0, 0
    for who, spoken in librispeech(speech_data).items():
        audio = np.concatenate(spoken[:5])
        turns = [Turn(who, 0.0, len(audio) / 16_000)]
        segments = diarize(encoder, redis_client, who, audio)
        numbers = [segment.segment_id.split(".")[0] for segment in segments]
        cut += len({number for number in numbers if numbers.count(number) > 1})
        all_of_them += len(set(numbers))
        scores.append(score(turns, segments))
    assert cut <= 0.15 * all_of_them
    assert np.mean(scores) > 0.85
