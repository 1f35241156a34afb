from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from diarization_worker.hearing import naming
from diarization_worker.hearing.clustering import Sample, cluster, join_alike
from diarization_worker.hearing.naming import name_voices
from tests.diarization_worker.hearing.toys import CALIBRATION

AXES = np.eye(5, dtype=np.float32)


def sample(
    voice: int, seconds: float = 3.0, window: int = 0, *, seed: int = 0, noise: float = 0.1
) -> Sample:
    vector: NDArray[np.float32] = AXES[voice] + np.random.default_rng(seed).normal(0, noise, 5)
    return Sample(np.asarray(vector / np.linalg.norm(vector), np.float32), seconds, window)


def test_samples_of_a_voice_come_together_in_order_of_appearance() -> None:
    voices = [3, 0, 3, 1, 0, 0, 1]
    samples = [sample(v, window=i, seed=i) for i, v in enumerate(voices)]
    assert cluster(samples, CALIBRATION, 0.7) == [0, 1, 0, 2, 1, 1, 2]


def test_one_sample_is_one_voice() -> None:
    assert cluster([sample(2)], CALIBRATION, 0.7, num_voices=3) == [0]


def test_long_voices_stay_two_while_a_short_doubtful_one_is_given_to_the_nearer() -> None:
    doubtful = Sample(np.array([0.5, 0.3, 0.81, 0, 0], np.float32), 0.3, 2)
    samples = [sample(0, 20, 0), sample(1, 20, 1), doubtful]
    assert cluster(samples, CALIBRATION, 0.9) == [0, 1, 2]
    assert cluster(samples, CALIBRATION, 0.9, num_voices=2) == [0, 1, 0]
    assert cluster(samples, CALIBRATION, 0.9, max_voices=2) == [0, 1, 0]


def test_voices_heard_beside_each_other_are_two_however_alike() -> None:
    apart = [sample(0, window=i, seed=i, noise=0.2) for i in range(6)]
    beside = [replace(one, window=i // 2) for i, one in enumerate(apart)]
    assert max(cluster(apart, CALIBRATION, 0.7, beside=0.5)) == 0
    assert max(cluster(beside, CALIBRATION, 0.7, beside=0.5)) == 1
    assert cluster(beside, CALIBRATION, 0.7, num_voices=1, beside=0.5) == [0] * 6


def test_speech_found_in_several_windows_counts_once() -> None:
    (joined,) = join_alike([sample(0, 2.0, i) for i in range(4)], [0] * 4, overlap=4.0)
    assert joined.seconds == 2.0
    (joined,) = join_alike([sample(0, 2.0, i) for i in range(4)], [0] * 4)
    assert joined.seconds == 8.0


def test_what_is_too_short_to_found_a_voice_joins_the_nearest() -> None:
    samples = [sample(0, window=0), sample(1, window=1), sample(0, 0.4, 2), sample(2, 0.4, 3)]
    labels = name_voices(samples, CALIBRATION, 0.7, least=1.0, overlap=1.0)
    assert labels[:3] == [0, 1, 0]
    assert max(labels) == 1
    beside = [samples[0], samples[1], replace(samples[2], window=0)]
    labels = name_voices(beside, CALIBRATION, 0.7, least=1.0, overlap=1.0)
    assert labels == [0, 1, 0], "0.5 less than 1 is still nearer than a stranger"


def test_where_too_few_are_long_enough_all_found_voices() -> None:
    samples = [sample(v, 0.5, v) for v in range(3)]
    assert name_voices(samples, CALIBRATION, 0.7, least=1.0, overlap=1.0) == [0, 1, 2]
    samples[0] = sample(0, 3.0, 0)
    assert name_voices(samples, CALIBRATION, 0.7, least=1.0, overlap=1.0) == [0, 0, 0]
    two = name_voices(samples, CALIBRATION, 0.7, least=1.0, overlap=1.0, num_voices=2)
    assert len(set(two)) == 2


def test_block_by_block_the_voices_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    voices = np.random.default_rng(1).integers(0, 5, 120).tolist()
    samples = [sample(v, window=i, seed=i) for i, v in enumerate(voices)]
    whole = name_voices(samples, CALIBRATION, 0.7, least=0.0, overlap=1.0)
    monkeypatch.setattr(naming, "LARGEST", 30)
    monkeypatch.setattr(naming, "MOST", 10)
    assert name_voices(samples, CALIBRATION, 0.7, least=0.0, overlap=1.0) == whole
    assert len(set(whole)) == 5
