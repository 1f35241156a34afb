from pathlib import Path

import numpy as np
import pytest

from diarization_worker.models import VoiceModels, load
from diarization_worker.settings import DiarizationSettings
from evaluation.conversations import KINDS, converse, readings
from evaluation.error_rate import sum_errors
from evaluation.recordings import (
    Recording,
    film_scene,
    judge,
    meeting_excerpts,
    sample_conversation,
)
from tests.diarization_worker.hearing.toys import silence, tone, toy_models

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def models() -> VoiceModels:
    return load(DiarizationSettings(speaker_device="cpu"))


def test_a_recording_is_judged_with_and_without_the_number() -> None:
    audio = np.concatenate([tone(0, 2.0), tone(1, 2.0), tone(2, 2.0), silence(1.0)])
    turns = [(0.0, 2.0, "a"), (2.0, 4.0, "b"), (4.0, 6.0, "c")]
    recording = Recording("toy", audio, turns, 7.0)
    assert recording.speakers == 3
    free = judge(recording, toy_models())
    assert (free.found, free.errors.rate) == (3, pytest.approx(0, abs=0.02))
    forced = judge(recording, toy_models(), 2)
    assert (forced.found, forced.errors.rate) == (2, pytest.approx(1 / 3, abs=0.02))


@pytest.mark.parametrize("num_speakers", [None, 2])
def test_the_sample_conversation(models: VoiceModels, num_speakers: int | None) -> None:
    outcome = judge(sample_conversation(), models, num_speakers)
    assert outcome.found == 2
    assert outcome.errors.rate <= 0.12


@pytest.mark.data
def test_meetings_and_a_film_scene_the_number_not_given(
    models: VoiceModels, speech_data: Path
) -> None:
    recordings = [*meeting_excerpts(speech_data), film_scene(speech_data)]
    assert len(recordings) == 9
    outcomes = [judge(recording, models) for recording in recordings]
    assert sum_errors(outcome.errors for outcome in outcomes).rate <= 0.20
    assert outcomes[-1].found == 4
    assert outcomes[-1].errors.rate <= 0.08


@pytest.mark.data
def test_as_many_speakers_as_are_given(models: VoiceModels, speech_data: Path) -> None:
    made = converse(readings(speech_data), "telephone", 1, 45.0)
    recording = Recording(made.name, made.audio, made.turns, len(made.audio) / 16_000)
    for number in (2, 3, 5):
        assert judge(recording, models, number).found == number
    given = judge(recording, models, recording.speakers)
    assert given.errors.share(given.errors.confused) <= 0.10


@pytest.mark.data
def test_conversations_are_made_anew_exactly(speech_data: Path) -> None:
    speakers = readings(speech_data)
    for seed, kind in enumerate(KINDS):
        made, again = (converse(speakers, kind, seed, 20.0) for _ in range(2))
        assert made.turns == again.turns
        np.testing.assert_array_equal(made.audio, again.audio)
        assert 2 <= made.speakers <= 6
        spoken = max(end for _, end, _ in made.turns)
        assert 20 <= spoken <= len(made.audio) / 16_000
