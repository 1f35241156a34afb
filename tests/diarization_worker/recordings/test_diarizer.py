import numpy as np
import pytest

from contract.errors import ModelUnavailableError
from diarization_worker.recordings.diarizer import EmbeddedDiarizer, diarize, load_diarizer
from diarization_worker.recordings.turns import RecordingTurns, SpeakerTurn
from diarization_worker.settings import DiarizationSettings
from tests.diarization_worker.hearing.toys import silence, tone, toy_models


def rounded(turns: tuple[SpeakerTurn, ...]) -> list[tuple[float, float, str]]:
    return [(round(t.start, 1), round(t.end, 1), t.speaker) for t in turns]


def test_a_recording_has_overlapping_and_exclusive_turns() -> None:
    audio = np.concatenate([tone(3, 4.0), silence(1.0), tone(1, 5.0)])
    audio[40_000:72_000] += tone(1, 2.0)
    turns = diarize(audio, toy_models())
    assert rounded(turns.overlapping) == [
        (0.0, 4.0, "SPEAKER_00"),
        (2.5, 4.5, "SPEAKER_01"),
        (5.0, 10.0, "SPEAKER_01"),
    ]
    assert rounded(turns.exclusive) == [
        (0.0, 4.0, "SPEAKER_00"),
        (4.0, 4.5, "SPEAKER_01"),
        (5.0, 10.0, "SPEAKER_01"),
    ]


def test_as_many_speakers_as_are_asked_for() -> None:
    audio = np.concatenate([tone(voice, 2.0) for voice in (0, 1, 2, 0, 1, 2)])
    models = toy_models()
    assert len(diarize(audio, models).speakers) == 3
    assert len(diarize(audio, models, 2).speakers) == 2
    with pytest.raises(ValueError, match="0 speakers"):
        diarize(audio, models, 0)


def test_nobody_speaks_in_silence() -> None:
    assert diarize(silence(12.0), toy_models()) == RecordingTurns()


def test_the_setting_names_the_diarizer() -> None:
    models = toy_models()
    diarizer = load_diarizer(DiarizationSettings(), models)
    assert isinstance(diarizer, EmbeddedDiarizer)
    assert diarizer.diarize(tone(0, 1.0)) == diarize(tone(0, 1.0), models)
    with pytest.raises(ModelUnavailableError, match="/no/such/pipeline"):
        load_diarizer(DiarizationSettings(diarization_model="/no/such/pipeline"), models)
