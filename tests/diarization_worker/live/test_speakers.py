from dataclasses import replace

import numpy as np
import pytest

from diarization_worker.encoders.encoder import Embedding
from diarization_worker.live.speakers import DOUBT, MOST_SPEAKERS, Speaker, find_speakers
from diarization_worker.live.voices import Sample, Verdict, Voice, Voices, pack
from tests.diarization_worker.live.voices_of import ANNA, BEN, CALIBRATION, CARL, between, like


def sample(
    voice: Embedding, seconds: float = 3.0, told: int | None = None, utterance_id: int = 1
) -> Sample:
    return Sample(utterance_id, 0, pack(voice), seconds, 0.0, seconds, told)


def voice(speaker_id: int, embedding: Embedding, name: str | None = None) -> Voice:
    return Voice(speaker_id, name, pack(embedding), 5.0)


def find(
    samples: list[Sample], voices: Voices | None = None, num_speakers: int = 2
) -> dict[int, set[int]]:
    """The samples of each speaker."""
    voices = voices or Voices()
    remembered = [s for s in samples if s.speaker_id is not None]
    if remembered:
        voices = replace(voices, verdicts=(Verdict(1, (), samples=tuple(remembered)),))
    speakers = find_speakers(voices, samples, num_speakers, 0.6, CALIBRATION)
    return {s.speaker_id: set(s.samples) for s in speakers if s.speaker_id is not None}


def test_each_voice_is_a_speaker_in_order_of_appearance() -> None:
    assert find([sample(ANNA), sample(BEN), sample(ANNA)]) == {0: {0, 2}, 1: {1}}


def test_there_is_room_for_so_many_and_the_longest_have_it() -> None:
    samples = [sample(ANNA, 3.0), sample(BEN, 4.0), sample(CARL, 5.0)]
    assert find(samples) == {0: {1}, 1: {2}}
    assert len(find(samples, num_speakers=0)) == 3


def test_without_a_limit_there_is_one_after_all() -> None:
    axes = np.eye(MOST_SPEAKERS + 5, dtype=np.float32)
    assert len(find([sample(axis, 9.0) for axis in axes], num_speakers=0)) == MOST_SPEAKERS


def test_known_speakers_stay_when_a_longer_voice_comes() -> None:
    samples = [sample(ANNA, 4.0, told=1), sample(BEN, 4.0, told=0), sample(CARL, 9.0)]
    assert find(samples) == {0: {1}, 1: {0}}


def test_one_that_was_founded_on_little_gives_way_to_a_longer_voice() -> None:
    samples = [sample(ANNA, 4.0, told=0), sample(BEN, 1.2, told=1), sample(CARL, 9.0)]
    speakers = find(samples)
    assert speakers[0] == {0}
    assert {2} in speakers.values()


def test_too_little_speech_founds_nobody() -> None:
    assert find([sample(ANNA, 0.9)]) == {}


def test_in_doubt_short_speech_founds_nobody_beside_another() -> None:
    doubtful = like(ANNA, BEN, 0.6 - DOUBT / 2, seconds=1.5)
    assert find([sample(ANNA, 5.0), sample(doubtful, 1.5)]) == {0: {0}}
    assert find([sample(ANNA, 5.0), sample(BEN, 1.5)]) == {0: {0}, 1: {1}}


def test_enrolled_voices_are_there_from_the_beginning_and_come_first() -> None:
    voices = Voices("x", enrolled=(voice(0, ANNA, "Anna"), voice(2, BEN)))
    assert find([], voices) == {0: set(), 2: set()}
    assert find([sample(CARL), sample(BEN)], voices) == {0: set(), 2: {1}}
    assert find([sample(CARL), sample(BEN)], voices, num_speakers=3) == {0: set(), 2: {1}, 1: {0}}


def test_a_discovered_voice_that_proves_to_be_an_enrolled_one_is_none_any_more() -> None:
    voices = Voices("x", enrolled=(voice(4, ANNA),), faded=(voice(0, ANNA), voice(1, BEN)))
    assert find([sample(ANNA, told=0)], voices, num_speakers=3) == {4: {0}, 1: set()}


def test_the_longest_forgotten_voices_keep_their_ids() -> None:
    voices = Voices("x", faded=(voice(1, ANNA),))
    assert find([sample(BEN), sample(ANNA)], voices) == {1: {1}, 0: {0}}


def test_a_speaker_is_known_apart_from_a_sample() -> None:
    samples = [sample(ANNA, 4.0), sample(between(ANNA, BEN, 0.2), 2.0)]
    (speaker,) = find_speakers(Voices(), samples, 2, 0.6, CALIBRATION)
    rest, seconds = speaker.apart_from(1, samples[1])
    assert rest == pytest.approx(ANNA, abs=1e-3)
    assert seconds == pytest.approx(4.0)
    other, all_of_it = speaker.apart_from(7, sample(CARL))
    assert other.tolist() == speaker.group.embedding.tolist()
    assert all_of_it == 6


def test_alone_a_sample_is_all_that_its_speaker_is_known_by() -> None:
    (speaker,) = find_speakers(Voices(), [sample(ANNA)], 2, 0.6, CALIBRATION)
    assert isinstance(speaker, Speaker)
    assert speaker.apart_from(0, sample(ANNA))[0] == pytest.approx(ANNA)


def test_voices_without_room_are_strangers_each_a_group_of_its_own() -> None:
    voices = Voices("x", enrolled=(voice(0, ANNA), voice(1, BEN)))
    samples = [sample(CARL), sample(ANNA), sample(CARL)]
    *_, stranger = find_speakers(voices, samples, 2, 0.6, CALIBRATION)
    assert (stranger.speaker_id, set(stranger.samples)) == (None, {0, 2})
