import numpy as np
import pytest

from diarization_worker.hearing.voices import Hearing
from diarization_worker.live.consistency import WINDOW_S, consistency, find_change, least_alike
from tests.diarization_worker.live.voices_of import (
    ANNA,
    BEN,
    CALIBRATION,
    between,
    hearing,
    like,
    models,
    tone,
)

LOW, HIGH = 250, 850


def test_a_change_is_found_where_it_is() -> None:
    starts = np.arange(0, 6, 0.3).tolist()
    voices = [ANNA if start + WINDOW_S / 2 < 3 else BEN for start in starts]
    assert find_change(voices, starts, CALIBRATION) == pytest.approx(3.0, abs=0.6)


def test_there_is_no_change_in_what_is_too_short_for_one() -> None:
    assert find_change([ANNA, BEN], [0.0, 0.3], CALIBRATION) is None


@pytest.mark.parametrize("seconds", [1.0, 2.3, 5.0, 60.0])
def test_one_steady_voice_is_like_itself(seconds: float) -> None:
    speech = tone(LOW, seconds)
    assert consistency(speech, hearing((ANNA, seconds)), models()) > 0.9


@pytest.mark.parametrize(("first", "second"), [(1.5, 3.0), (3.0, 1.5), (20.0, 20.0)])
def test_a_voice_that_takes_over_is_noticed_whatever_the_net_says(
    first: float, second: float
) -> None:
    speech = np.concatenate([tone(LOW, first), tone(HIGH, second)])
    one_voice = hearing((between(ANNA, BEN), first + second))
    assert consistency(speech, one_voice, models()) < 0.3


def test_a_voice_in_between_is_noticed_by_what_the_net_says() -> None:
    speech = tone(LOW, 5.0)
    heard = hearing((ANNA, 2.0), (BEN, 0.9), (ANNA, 2.0))
    assert consistency(speech, heard, models()) < 0.3


def test_the_other_voice_least_like_the_first_counts_if_it_is_heard_for_long_enough() -> None:
    alike = like(ANNA, BEN, 0.5, seconds=1.0)
    assert least_alike(hearing((ANNA, 5.0), (alike, 1.0)), CALIBRATION) == pytest.approx(
        0.5, abs=0.01
    )
    assert least_alike(hearing((ANNA, 5.0), (BEN, 0.5)), CALIBRATION) == 1
    assert least_alike(Hearing(hearing((ANNA, 5.0)).voices), CALIBRATION) == 1
