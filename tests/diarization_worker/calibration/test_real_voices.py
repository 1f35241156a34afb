"""What the embedded encoder's scores mean, on voices that its calibration has hardly seen."""

from pathlib import Path

import numpy as np
import pytest

from diarization_worker.calibration.calibration import Calibration
from diarization_worker.calibration.conditions import Condition, raw, telephone, white_noise
from diarization_worker.calibration.loading import load_calibration
from diarization_worker.calibration.stretches import Stretches, Voices, read_voices, stretches
from diarization_worker.encoders.campplus.encoder import CAMPPlusEncoder


@pytest.fixture(scope="module")
def encoder() -> CAMPPlusEncoder:
    return CAMPPlusEncoder.load("cpu")


@pytest.fixture(scope="module")
def calibration(encoder: CAMPPlusEncoder) -> Calibration:
    return load_calibration(encoder, None, name="embedded").calibration


@pytest.fixture
def readers(speech_data: Path) -> Voices:
    return read_voices(speech_data / "speech/en/librispeech")


@pytest.fixture
def strangers(speech_data: Path) -> Voices:
    """Those whom the fit left out."""
    cohort = read_voices(speech_data / "speech/en/librispeech_cohort")
    return {name: cohort[name] for name in sorted(cohort)[1::2]}


def scores(calibration: Calibration, asked: Stretches, known: Stretches) -> np.ndarray:
    references = calibration.references(known.vectors, np.full(len(known.vectors), known.seconds))
    return np.stack([calibration.compare(v, asked.seconds, references) for v in asked.vectors])


@pytest.mark.data
@pytest.mark.parametrize("line", [raw, telephone, white_noise])
def test_3_s_are_known_by_a_print_of_5_s_and_strangers_are_not(
    encoder: CAMPPlusEncoder,
    calibration: Calibration,
    readers: Voices,
    strangers: Voices,
    line: Condition,
) -> None:
    prints = stretches(encoder.embed, readers, raw, 5, most=1)
    known = stretches(encoder.embed, readers, line, 3, most=1)
    unknown = stretches(encoder.embed, strangers, line, 3, most=1)
    found = scores(calibration, known, prints)
    missed = np.mean(found[known.one_voice(prints)] < 0.7)
    alarms = np.concatenate(
        [found[known.two_voices(prints)], scores(calibration, unknown, prints).reshape(-1)]
    )
    assert missed <= 0.03
    assert np.mean(alarms >= 0.7) <= 0.01
    nearest = np.argmax(np.where(known.recordings[:, None] == prints.recordings, 0, found), axis=1)
    assert np.mean(prints.speakers[nearest] == known.speakers) == 1


@pytest.mark.data
def test_strangers_stay_apart_even_when_little_is_heard(
    encoder: CAMPPlusEncoder, calibration: Calibration, readers: Voices, strangers: Voices
) -> None:
    enrolled = stretches(encoder.embed, readers, raw, 5, most=1)
    for seconds, most in ((1, 0.02), (2, 0.01)):
        heard = stretches(encoder.embed, strangers, raw, seconds, most=1)
        assert np.mean(scores(calibration, heard, enrolled) >= 0.6) <= most
