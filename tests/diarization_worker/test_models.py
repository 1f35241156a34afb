from collections.abc import Sequence

import numpy as np
import pytest

from bench.instant import InstantEncoder
from contract.errors import EngineError, ModelUnavailableError
from diarization_worker.calibration.loading import GENERIC
from diarization_worker.encoders.encoder import Audio, Embedding
from diarization_worker.models import VoiceModels, load
from diarization_worker.segmentation.segmenter import Activity
from diarization_worker.settings import DiarizationSettings


class Segmenter:
    name = "nobody"
    model = "none"
    longest = 4.0

    def segment(self, audios: Sequence[Audio]) -> list[Activity]:
        return [Activity(np.zeros((1, 1), np.float32), len(audio) / 16_000) for audio in audios]


class Deaf(InstantEncoder):
    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        raise EngineError("nothing to hear")


def test_both_models_answer_in_order_and_are_named() -> None:
    models = VoiceModels(InstantEncoder(), Segmenter(), GENERIC, "a note")
    audios = [np.zeros(length, np.float32) for length in (16_000, 8_000)]
    assert len(models.embed(audios)) == 2
    assert [activity.frame_s for activity in models.segment(audios)] == [1.0, 0.5]
    assert (models.encoder_id, models.engine.name) == ("instant/constant", "instant")
    assert (models.longest, models.note) == (4.0, "a note")


def test_an_error_of_a_model_reaches_whoever_asked() -> None:
    models = VoiceModels(Deaf(), Segmenter(), GENERIC)
    with pytest.raises(EngineError, match="nothing to hear"):
        models.embed([np.zeros(100, np.float32)])


def test_settings_that_name_no_encoder_end_in_one_clear_error() -> None:
    with pytest.raises(ModelUnavailableError, match="SPEAKER_ENCODER=ecapa"):
        load(DiarizationSettings(speaker_encoder="ecapa"))
