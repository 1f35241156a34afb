import io

import numpy as np
import pytest
import soundfile

from bench.identification import SPEECH_S, per_request, pieces, shares, wav
from bench.usage import Usage


def test_a_wav_file_holds_the_very_samples() -> None:
    samples = np.arange(-500, 500, dtype=np.int16)

    read, rate = soundfile.read(io.BytesIO(wav(samples)), dtype="int16")

    assert (rate, read.tolist()) == (16_000, samples.tolist())


@pytest.mark.data
def test_the_pieces_are_of_one_length_and_all_different(speech_data: object) -> None:
    files = pieces()

    assert len(files) == len(set(files)) > 4
    for file in files:
        assert soundfile.info(io.BytesIO(file)).duration == SPEECH_S


def test_no_two_callers_send_the_same() -> None:
    files = [b"%d" % number for number in range(10)]

    dealt = shares(files, 4)

    assert sorted(file for share in dealt for file in share) == sorted(files)
    assert min(map(len, dealt)) >= 2


def test_processor_time_is_shared_by_the_requests() -> None:
    before, after = {"gateway": Usage(1, 2.0, 0)}, {"gateway": Usage(1, 3.5, 0)}

    assert per_request(before, after, 100) == {"gateway": 15.0}
    assert per_request(before, before, 0) == {"gateway": 0.0}
