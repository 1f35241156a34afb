from dataclasses import replace

import numpy as np
import pytest

from contract.events import RegistrationFailure
from diarization_worker.encoders.encoder import Embedding
from diarization_worker.live.enrolment import (
    RECENT_S,
    SAME_VOICE,
    Accepted,
    Examined,
    enrol,
    examine,
)
from diarization_worker.live.voices import Voice, Voices, pack
from tests.diarization_worker.live.voices_of import (
    ANNA,
    BEN,
    CALIBRATION,
    like,
    models,
    silence,
    tone,
)
from tests.support.jobs import enrolment_job


def recording(*parts: tuple[int, float], pause: float = 0.0, level: float = 0.3) -> np.ndarray:
    return np.concatenate([x for p in parts for x in (tone(*p, level), silence(pause))])


@pytest.mark.parametrize(
    ("audio", "speech_seconds", "failure"),
    [
        (recording((250, 2.9)), 2.0, "too_short"),
        (recording((250, 1.5)), 3.5, "too_short"),
        (silence(10.0), 4.0, "too_short"),
        (recording((250, 5.0), level=0.004), 5.0, "too_quiet"),
        (recording((250, 5.0), level=0.004), 1.0, "too_quiet"),
        (recording((250, 3.0), (850, 3.0)), 6.0, "several_voices"),
        (recording((250, 1.5), (850, 3.0), pause=0.5), 4.5, "several_voices"),
    ],
)
def test_what_makes_no_voice_print(
    audio: np.ndarray, speech_seconds: float, failure: RegistrationFailure
) -> None:
    assert examine(audio, speech_seconds, models()) == failure


def test_it_is_speech_that_counts_whatever_the_silence_between() -> None:
    syllables = recording(*[(250, 1.1)] * 3, pause=4.0)
    examined = examine(syllables, 2.5, models())
    assert isinstance(examined, Examined)
    assert examined.seconds == pytest.approx(3.3, abs=0.1)
    assert examined.spoken == pytest.approx(3.3, abs=0.1)
    assert np.argmax(examined.embedding) == 2


def test_the_end_of_a_long_recording_counts_if_there_is_enough_in_it() -> None:
    another_first = recording((850, 9.0), (250, RECENT_S))
    examined = examine(another_first, 20.0, models())
    assert isinstance(examined, Examined)
    assert np.argmax(examined.embedding) == 2
    assert examine(recording((850, 4.0), (250, RECENT_S - 1.0)), 20.0, models()) == "several_voices"
    early = np.concatenate([recording((250, 4.0)), silence(RECENT_S)])
    assert isinstance(examine(early, 4.0, models()), Examined)


def test_a_voice_is_known_the_better_the_longer_and_the_steadier_it_is() -> None:
    best = Examined(ANNA, seconds=12.0, spoken=13.0, consistency=1.0)
    assert best.quality == 1
    assert 0.5 < replace(best, seconds=3.0).quality < 1
    assert replace(best, consistency=0.5).quality == 0.5


def taken(
    voices: Voices, voice: Embedding, speaker_id: int = 3, encoder: str = "x"
) -> Accepted | RegistrationFailure:
    job = enrolment_job(speaker_id=speaker_id, name="Anna")
    return enrol(voices, job, Examined(voice, 5.0, 5.5, 1.0), CALIBRATION, encoder)


def known(*voices: tuple[int, Embedding]) -> Voices:
    return Voices("x", tuple(Voice(i, None, pack(e), 5.0) for i, e in voices))


def test_a_voice_print_is_kept_under_the_speakers_id_and_name() -> None:
    made = taken(Voices(), ANNA)
    assert isinstance(made, Accepted)
    assert made.voices.encoder == "x"
    assert [(v.speaker_id, v.name, v.seconds) for v in made.voices.enrolled] == [(3, "Anna", 5.0)]


def test_the_voice_of_another_enrolled_speaker_is_refused() -> None:
    same, other = (like(ANNA, BEN, SAME_VOICE + shift, 5.0) for shift in (0.02, -0.02))
    assert taken(known((0, ANNA)), same) == "same_as_other"
    assert isinstance(taken(known((0, ANNA)), other), Accepted)


def test_a_speaker_may_enrol_again() -> None:
    again = taken(known((0, BEN), (3, ANNA)), ANNA)
    assert isinstance(again, Accepted)
    assert [v.label for v in again.voices.enrolled] == ["SPEAKER_00", "Anna"]


def test_a_discovered_voice_is_no_obstacle() -> None:
    discovered = Voices("x", faded=(Voice(0, None, pack(ANNA), 5.0),))
    assert isinstance(taken(discovered, ANNA), Accepted)


def test_another_encoders_voices_are_not_compared_but_replaced() -> None:
    made = taken(known((0, ANNA)), ANNA, encoder="y")
    assert isinstance(made, Accepted)
    assert [v.speaker_id for v in made.voices.enrolled] == [3]
