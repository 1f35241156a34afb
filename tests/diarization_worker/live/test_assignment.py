from dataclasses import replace

import pytest

from diarization_worker.encoders.encoder import Embedding
from diarization_worker.live.assignment import (
    LENIENCE,
    MARGIN,
    MOST_CORRECTIONS,
    PAUSE_S,
    Answer,
    answer,
    is_correction,
)
from diarization_worker.live.speakers import find_speakers
from diarization_worker.live.voices import Sample, Voice, Voices, pack
from tests.diarization_worker.live.voices_of import ANNA, BEN, CALIBRATION, CARL, DORA, like

VOICES = Voices("x", enrolled=(Voice(0, "Anna", pack(ANNA), 5.0), Voice(1, "Ben", pack(BEN), 5.0)))


def sample(
    voice: Embedding, start: float, seconds: float, utterance_id: int, told: int | None = None
) -> Sample:
    return Sample(utterance_id, 0, pack(voice), seconds, start, start + seconds, told)


def whose(samples: list[Sample], index: int = -1, voices: Voices = VOICES) -> Answer:
    speakers = find_speakers(voices, samples, 2, 0.6, CALIBRATION)
    return answer(index % len(samples), samples, speakers, 0.6, CALIBRATION)


def test_with_nobody_known_it_is_nobodys() -> None:
    assert whose([sample(ANNA, 0, 0.5, 1)], voices=Voices()) == Answer(None, 0.0)


@pytest.mark.parametrize(("voice", "speaker_id"), [(ANNA, 0), (BEN, 1), (CARL, None)])
@pytest.mark.parametrize("seconds", [0.6, 5.0])
def test_a_voice_is_its_speakers_and_a_strangers_is_nobodys(
    voice: Embedding, seconds: float, speaker_id: int | None
) -> None:
    assert whose([sample(voice, 0, seconds, 1)]).speaker_id == speaker_id


UNCLEAR = like(BEN, CARL, 0.6 - LENIENCE, seconds=0.5)
"""In half a second a little less like Ben than would be enough."""


@pytest.mark.parametrize(
    ("pause", "speaker_id"),
    [(0.1, 1), (PAUSE_S, None), (10.0, None)],
    ids=["at once", "1 s", "10 s"],
)
def test_a_short_word_goes_to_who_spoke_just_before(pause: float, speaker_id: int | None) -> None:
    spoken = [sample(ANNA, 0, 3, 1, told=0), sample(BEN, 4, 3, 2, told=1)]
    assert whose([*spoken, sample(UNCLEAR, 7 + pause, 0.5, 3)]).speaker_id == speaker_id


def test_what_a_short_word_sounds_like_counts_more_than_who_spoke_before() -> None:
    assert whose([sample(BEN, 0, 3, 1, told=1), sample(ANNA, 3.1, 0.7, 2)]).speaker_id == 0


def test_less_speech_must_be_less_like_a_voice() -> None:
    def heard(seconds: float) -> Answer:
        return whose([sample(like(BEN, CARL, 0.55, seconds), 0, seconds, 1)])

    assert [heard(seconds).speaker_id for seconds in (0.5, 0.9, 5.0)] == [1, 1, None]


def test_after_a_stranger_a_short_word_is_nobodys() -> None:
    spoken = [sample(BEN, 0, 3, 1, told=1), sample(CARL, 3.1, 3, 2)]
    enough = like(BEN, DORA, 0.6 - LENIENCE + 0.1, seconds=0.5)
    assert whose([*spoken, sample(enough, 9, 0.5, 3)]).speaker_id == 1
    assert whose([*spoken, sample(enough, 6.2, 0.5, 3)]).speaker_id is None


def test_another_voice_in_the_same_utterance_is_no_context() -> None:
    spoken = [sample(BEN, 0, 3, 1, told=1), sample(UNCLEAR, 3.1, 0.5, 1)]
    assert whose(spoken).speaker_id is None


def test_the_advantage_tells_how_wrong_the_last_answer_was() -> None:
    right, wrong = sample(ANNA, 0, 3, 1, told=0), sample(ANNA, 0, 3, 1, told=1)
    assert whose([right]).advantage == 0
    assert whose([wrong]).advantage > MARGIN
    assert whose([replace(wrong, speaker_id=7)]) == Answer(0, 1.0)


def test_corrected_is_what_is_clearly_another_and_not_too_often() -> None:
    told = sample(ANNA, 0, 3, 1, told=1)
    assert is_correction(told, Answer(0, MARGIN))
    assert is_correction(told, Answer(None, MARGIN))
    assert not is_correction(told, Answer(1, 0.0))
    assert not is_correction(told, Answer(0, MARGIN - 0.01))
    assert not is_correction(replace(told, corrections=MOST_CORRECTIONS), Answer(0, 1.0))


def test_who_is_a_little_like_a_speaker_but_more_like_a_stranger_is_nobodys() -> None:
    stranger = like(BEN, CARL, 0.4, seconds=5.0)
    tired = like(BEN, CARL, 0.65, seconds=2.0)
    heard = [sample(stranger, 0, 8.0, 1), sample(tired, 20, 2.0, 2)]
    assert whose(heard[1:]).speaker_id == 1
    assert whose(heard).speaker_id is None
