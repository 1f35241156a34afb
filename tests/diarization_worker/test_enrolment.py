import numpy as np
import pytest

from contract.events import RegistrationFailure
from diarization_worker.live.assignment import Sample
from diarization_worker.live.enrolment import VoicePrint, check_audio, make_voice_print, windows
from diarization_worker.live.voices import Voice, Voices
from tests.diarization_worker.voices_of import CALIBRATION, tone

ANNA, BEN = (row for row in np.eye(2, dtype=np.float32))


@pytest.mark.parametrize(
    ("seconds", "speech_seconds", "level", "failure"),
    [
        (5.0, 2.9, 0.3, "too_short"),
        (2.9, 5.0, 0.3, "too_short"),
        (5.0, 3.0, 0.3, None),
        (5.0, 3.0, 0.004, "too_quiet"),
        (5.0, 3.0, 0.02, None),
    ],
)
def test_what_the_audio_alone_rules_out(
    seconds: float, speech_seconds: float, level: float, failure: RegistrationFailure | None
) -> None:
    assert check_audio(tone(200, seconds, level), speech_seconds) == failure


def test_windows_leave_out_a_rest_too_short_for_one() -> None:
    assert [len(piece) for piece in windows(tone(200, 5.0))] == [25_600] * 5


def voice_print(voices: Voices, pieces: list[np.ndarray]) -> VoicePrint | RegistrationFailure:
    mean = np.sum(pieces, axis=0)
    sample = Sample(mean / np.linalg.norm(mean), 10.0)
    return make_voice_print(voices, 3, "Anna", sample, pieces, CALIBRATION)


def test_one_steady_voice_makes_a_good_print() -> None:
    made = voice_print(Voices(), [ANNA] * 5)
    assert isinstance(made, VoicePrint)
    assert made.quality == 1.0
    assert (made.voice.speaker_id, made.voice.name, made.voice.enrolled) == (3, "Anna", True)


def test_a_second_person_taking_over_is_noticed() -> None:
    assert voice_print(Voices(), [ANNA, ANNA, BEN, BEN]) == "several_voices"


def test_the_voice_of_another_enrolled_speaker_is_refused() -> None:
    other = Voice(0, "Also Anna", enrolled=True, centroid=tuple(map(float, ANNA)), seconds=5.0)
    assert voice_print(Voices(known=(other,)), [ANNA, ANNA]) == "same_as_other"


def test_a_speaker_may_enrol_again_and_a_discovered_voice_is_no_obstacle() -> None:
    centroid = tuple(map(float, ANNA))
    known = (
        Voice(0, None, enrolled=False, centroid=centroid, seconds=5.0),
        Voice(3, "Anna", enrolled=True, centroid=centroid, seconds=5.0),
    )
    assert isinstance(voice_print(Voices(known=known), [ANNA, ANNA]), VoicePrint)
