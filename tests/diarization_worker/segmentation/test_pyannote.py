from pathlib import Path

import numpy as np
import pytest

from contract.errors import ModelUnavailableError
from diarization_worker.segmentation.pyannote import PyannoteSegmenter
from diarization_worker.segmentation.segmenter import SpeakerSegmenter
from tests.diarization_worker.real_speech import telephone_call


@pytest.fixture(scope="module")
def segmenter() -> PyannoteSegmenter:
    return PyannoteSegmenter.load("embedded", "cpu")


def test_it_is_a_segmenter(segmenter: PyannoteSegmenter) -> None:
    assert isinstance(segmenter, SpeakerSegmenter)
    assert segmenter.longest == 10.0


@pytest.mark.parametrize("samples", [1, 160, 4_799, 16_000, 160_000])
def test_frames_cover_audio_of_any_length(segmenter: PyannoteSegmenter, samples: int) -> None:
    (activity,) = segmenter.segment([np.zeros(samples, np.float32)])
    frames = len(activity.probabilities)
    assert (frames - 1) * activity.frame_s < samples / 16_000 <= frames * activity.frame_s
    assert np.all((activity.probabilities >= 0) & (activity.probabilities <= 1.001))


def test_it_hears_who_speaks_in_a_telephone_call(segmenter: PyannoteSegmenter) -> None:
    audio, turns = telephone_call()
    begin = 10.0
    (activity,) = segmenter.segment([audio[160_000:320_000]])
    moments = begin + (np.arange(len(activity.probabilities)) + 0.5) * activity.frame_s
    speaks = {
        who: np.any(
            [(moments >= t.start) & (moments < t.end) for t in turns if t.who == who], axis=0
        )
        for who in {turn.who for turn in turns}
    }
    active = activity.probabilities > 0.5
    right = [max(np.mean(active[:, i] == its) for i in range(3)) for its in speaks.values()]
    assert min(right) > 0.9


def test_audios_of_one_length_go_together_and_come_back_in_order(
    segmenter: PyannoteSegmenter,
) -> None:
    audio, _ = telephone_call()
    audios = [audio[:48_000], audio[160_000:192_000], audio[160_000:208_000]]
    together = segmenter.segment(audios)
    for one, activity in zip(audios, together, strict=True):
        (alone,) = segmenter.segment([one])
        np.testing.assert_allclose(activity.probabilities, alone.probabilities, atol=1e-3)


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_text("no checkpoint")
    with pytest.raises(ModelUnavailableError, match="can't be loaded"):
        PyannoteSegmenter.load(str(path), "cpu")
