from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diarization_worker.encoders.encoder import Calibration
from diarization_worker.live.assignment import MEMORY_S, PREFERENCE, Piece, Sample, attribute
from diarization_worker.live.voices import KEEP_VERDICTS, Turn, Verdict, Voice, Voices

CALIBRATION = Calibration(noise_seconds=0.0, stranger=0.5, minimum_seconds=1.0)
ANNA, BEN, CARL = (tuple(float(value) for value in row) for row in np.eye(3))


def sample(direction: tuple[float, ...], seconds: float = 3.0) -> Sample:
    vector = np.asarray(direction, np.float32)
    return Sample(vector / np.linalg.norm(vector), seconds)


def enrolled(speaker_id: int, name: str, centroid: tuple[float, ...]) -> Voice:
    return Voice(speaker_id, name, enrolled=True, centroid=centroid, seconds=5.0)


def hear(
    voices: Voices, utterance_id: int, heard: Sample, num_speakers: int = 2, threshold: float = 0.6
) -> tuple[Voices, Turn]:
    """An utterance with one voice."""
    pieces = [Piece(0.0, heard.seconds, 0)]
    after, verdict = attribute(
        voices, utterance_id, [heard], pieces, num_speakers, threshold, CALIBRATION
    )
    (turn,) = verdict.turns
    return after, turn


def test_two_voices_in_turn_get_two_labels() -> None:
    voices, labels = Voices(), []
    for utterance_id, who in enumerate([ANNA, BEN, ANNA, BEN, BEN], start=1):
        voices, verdict = hear(voices, utterance_id, sample(who))
        labels.append((verdict.speaker_id, verdict.speaker))
    zero, one = (0, "SPEAKER_00"), (1, "SPEAKER_01")
    assert labels == [zero, one, zero, one, one]


def test_a_third_voice_goes_to_the_nearest_of_two() -> None:
    voices = Voices()
    for utterance_id, who in enumerate([ANNA, BEN], start=1):
        voices, _ = hear(voices, utterance_id, sample(who))
    after, verdict = hear(voices, 3, sample((0.1, 0.5, 1.0)))
    assert verdict.speaker_id == 1
    assert after.known == voices.known


def test_without_a_limit_each_voice_is_its_own() -> None:
    voices = Voices()
    for utterance_id, who in enumerate([ANNA, BEN, CARL], start=1):
        voices, verdict = hear(voices, utterance_id, sample(who), num_speakers=0)
        assert verdict.speaker_id == utterance_id - 1


def test_speech_too_short_to_know_a_voice_by_has_no_speaker() -> None:
    voices, verdict = hear(Voices(), 1, sample(ANNA, seconds=0.5))
    assert (verdict.speaker_id, verdict.speaker) == (None, None)
    assert voices.known == ()


def test_short_speech_founds_nothing_and_moves_nothing() -> None:
    voices, _ = hear(Voices(), 1, sample(ANNA))
    after, verdict = hear(voices, 2, sample(BEN, seconds=0.5))
    assert verdict.speaker_id == 0
    assert after.known == voices.known


def test_short_speech_between_two_voices_leans_on_who_spoke_last() -> None:
    between = sample((1.0, 1.05, 0.0), seconds=0.5)
    clearly_ben = sample((0.2, 1.0, 0.0), seconds=0.5)
    voices = Voices()
    for utterance_id, who in enumerate([BEN, ANNA], start=1):
        voices, _ = hear(voices, utterance_id, sample(who))
    anna = voices.verdict_on(2)
    assert anna is not None
    assert hear(voices, 3, between)[1].speaker_id == anna.turns[0].speaker_id
    assert hear(voices, 3, clearly_ben)[1].speaker_id != anna.turns[0].speaker_id


def test_an_enrolled_voice_is_known_by_name_and_never_moves() -> None:
    voices = Voices(known=(enrolled(7, "Anna", ANNA),))
    after, verdict = hear(voices, 1, sample((1.0, 0.3, 0.0)))
    assert (verdict.speaker_id, verdict.speaker) == (7, "Anna")
    assert after.known == voices.known


def test_an_enrolled_voice_comes_before_a_discovered_one_about_as_near() -> None:
    discovered = Voice(1, None, enrolled=False, centroid=BEN, seconds=5.0)
    voices = Voices(known=(enrolled(0, "Anna", ANNA), discovered))
    _, verdict = hear(voices, 1, sample((1.0, 1.02, 0.0)), threshold=0.3)
    assert verdict.speaker == "Anna"


def test_a_discovered_voice_takes_the_first_id_that_no_enrolled_one_has() -> None:
    voices = Voices(known=(enrolled(0, "Anna", ANNA), enrolled(2, "Ben", BEN)))
    _, verdict = hear(voices, 1, sample(CARL), num_speakers=3)
    assert (verdict.speaker_id, verdict.speaker) == (1, "SPEAKER_01")


def test_a_stranger_among_enrolled_voices_without_room_gets_no_name() -> None:
    voices = Voices(known=(enrolled(0, "Anna", ANNA), enrolled(1, "Ben", BEN)))
    assert hear(voices, 1, sample(CARL))[1].speaker_id is None
    assert hear(voices, 1, sample((1.0, 0.0, 1.0)))[1].speaker == "Anna"


def test_a_centroid_follows_its_voice_but_no_faster_than_its_memory_allows() -> None:
    old = Voice(0, None, enrolled=False, centroid=ANNA, seconds=10 * MEMORY_S)
    after, _ = hear(Voices(known=(old,)), 1, sample((1.0, 0.3, 0.0), seconds=MEMORY_S))
    expected = np.add(ANNA, sample((1.0, 0.3, 0.0)).embedding)
    assert after.known[0].centroid == pytest.approx(expected / np.linalg.norm(expected))


def test_the_memory_of_verdicts_is_bounded() -> None:
    voices = Voices()
    for utterance_id in range(1, KEEP_VERDICTS + 11):
        voices = voices.with_verdict(Verdict(utterance_id, (Turn(0.0, 1.0, 0, "SPEAKER_00"),)))
    assert len(voices.verdicts) == KEEP_VERDICTS
    assert voices.verdict_on(10) is None
    assert voices.verdict_on(11) is not None


def alike(similarity: float, seconds: float, *, contrasted: bool = False) -> Sample:
    """A voice as similar to Anna's as CALIBRATION reads it."""
    cosine = (1 + similarity) / 2
    return Sample(
        np.array([cosine, (1 - cosine**2) ** 0.5, 0.0], np.float32), seconds, contrasted=contrasted
    )


@pytest.mark.parametrize(
    ("heard", "founds"),
    [
        (alike(0.5, seconds=4.0), True),
        (alike(0.5, seconds=2.0), False),
        (alike(0.5, seconds=2.0, contrasted=True), True),
        (alike(0.55 - PREFERENCE, seconds=2.0), True),
    ],
    ids=["long", "short", "short beside another", "short and clearly another"],
)
def test_in_doubt_no_voice_is_founded_and_none_moves(heard: Sample, *, founds: bool) -> None:
    voices, _ = hear(Voices(), 1, sample(ANNA))
    after, turn = hear(voices, 2, heard)
    assert turn.speaker_id == (1 if founds else 0)
    assert founds or after.known == voices.known


def test_the_voices_of_one_utterance_each_get_their_pieces() -> None:
    both = [replace(sample(ANNA), contrasted=True), replace(sample(BEN), contrasted=True)]
    pieces = [Piece(0.0, 2.0, 0), Piece(2.0, 5.0, 1), Piece(5.0, 6.0, 0)]
    voices, verdict = attribute(Voices(), 1, both, pieces, 2, 0.6, CALIBRATION)
    assert verdict.turns == (
        Turn(0.0, 2.0, 0, "SPEAKER_00"),
        Turn(2.0, 5.0, 1, "SPEAKER_01"),
        Turn(5.0, 6.0, 0, "SPEAKER_00"),
    )
    assert voices.speaker_before(2) == 0
    again = attribute(voices, 1, both[:1], pieces[:1], 2, 0.6, CALIBRATION)
    assert again == (voices, verdict)


directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)
samples = st.builds(sample, directions, st.floats(0.1, 12))


@given(st.lists(samples, max_size=30), st.integers(0, 4), st.floats(0, 1))
def test_never_more_voices_than_asked_for_and_labels_never_swap(
    heard: list[Sample], num_speakers: int, threshold: float
) -> None:
    voices = Voices()
    for utterance_id, one in enumerate(heard, start=1):
        before = {voice.speaker_id: voice for voice in voices.known}
        voices, verdict = hear(voices, utterance_id, one, num_speakers, threshold)
        after = {voice.speaker_id: voice for voice in voices.known}
        assert set(before) <= set(after)
        changed = {i for i, voice in before.items() if after[i] != voice}
        assert changed <= {verdict.speaker_id}
        assert num_speakers == 0 or len(after) <= num_speakers
        assert sorted(after) == list(range(len(after)))
        assert verdict.speaker_id is None or verdict.speaker_id in after
        assert all(np.linalg.norm(v.centroid) == pytest.approx(1) for v in voices.known)


@given(st.lists(samples, min_size=1, max_size=12), st.data())
def test_hearing_an_utterance_again_changes_nothing(
    heard: list[Sample], data: st.DataObject
) -> None:
    voices, verdicts = Voices(), {}
    for utterance_id, one in enumerate(heard, start=1):
        voices, verdicts[utterance_id] = hear(voices, utterance_id, one)
    again = data.draw(st.integers(1, len(heard)))
    other_sound = replace(heard[again - 1], seconds=9.0)
    assert hear(voices, again, other_sound) == (voices, verdicts[again])
