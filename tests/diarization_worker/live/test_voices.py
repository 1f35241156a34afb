import numpy as np
import pytest

from diarization_worker.live.voices import (
    KEEP_SAMPLES,
    KEEP_VERDICTS,
    MEMORY_S,
    Sample,
    Turn,
    Verdict,
    Voice,
    Voices,
    pack,
    unpack,
)
from tests.diarization_worker.live.voices_of import ANNA, BEN, CARL, between


def sample(utterance_id: int, seconds: float = 2.0, told: int | None = 0) -> Sample:
    return Sample(utterance_id, 0, pack(ANNA), seconds, 0.0, seconds, told)


def verdict(utterance_id: int, *samples: Sample) -> Verdict:
    return Verdict(utterance_id, (Turn(0.0, 2.0, 0, "SPEAKER_00"),), samples=samples)


def voice(speaker_id: int, embedding: np.ndarray, name: str | None = None) -> Voice:
    return Voice(speaker_id, name, pack(embedding), 5.0)


def test_packing_costs_next_to_nothing_in_size_and_precision() -> None:
    rng = np.random.default_rng(0)
    one, other = (v / np.linalg.norm(v) for v in rng.normal(size=(2, 192)).astype(np.float32))
    assert len(pack(one)) == 512
    assert unpack(pack(one)) @ unpack(pack(other)) == pytest.approx(one @ other, abs=1e-3)


def test_what_is_remembered_is_bounded() -> None:
    voices = Voices()
    for utterance_id in range(1, KEEP_VERDICTS + 11):
        voices = voices.with_verdict(verdict(utterance_id, sample(utterance_id)))
    assert len(voices.verdicts) == KEEP_VERDICTS
    assert voices.verdict_on(10) is None
    assert voices.verdict_on(11) is not None
    assert len(list(voices.samples())) == KEEP_SAMPLES


def test_what_is_forgotten_of_a_discovered_voice_fades_into_it() -> None:
    voices = Voices(enrolled=(voice(1, BEN),))
    for utterance_id in range(1, KEEP_SAMPLES + 4):
        told = {1: 0, 2: 1, 3: None}.get(utterance_id, 0)
        voices = voices.with_verdict(verdict(utterance_id, sample(utterance_id, told=told)))
    (faded,) = voices.faded
    assert (faded.speaker_id, faded.seconds) == (0, 2.0)
    assert faded.embedding == pytest.approx(ANNA)


def test_a_faded_voice_follows_its_speaker_but_no_faster_than_its_memory_allows() -> None:
    changed = between(ANNA, BEN, 0.3)
    old = Voices(faded=(Voice(0, None, pack(ANNA), 10 * MEMORY_S),))
    heard = Sample(1, 0, pack(changed), MEMORY_S, 0.0, 1.0, 0)
    voices = old.with_verdict(verdict(1, heard))
    for utterance_id in range(2, KEEP_SAMPLES + 2):
        voices = voices.with_verdict(verdict(utterance_id, sample(utterance_id)))
    expected = ANNA + changed
    assert voices.faded[0].embedding == pytest.approx(expected / np.linalg.norm(expected), abs=1e-3)


def test_a_voice_is_enrolled_once_and_redone() -> None:
    voices = Voices().with_enrolled(voice(1, BEN, "Ben"), "x").with_enrolled(voice(0, ANNA), "x")
    again = voices.with_enrolled(voice(1, CARL, "Carl"), "x")
    assert [(v.speaker_id, v.label) for v in again.enrolled] == [(0, "SPEAKER_00"), (1, "Carl")]
    assert again.label(1) == "Carl"
    assert again.label(2) == "SPEAKER_02"
    assert again.label(None) is None


def test_a_discovered_voice_makes_way_for_whoever_enrols_under_its_id() -> None:
    voices = Voices("x", faded=(voice(0, ANNA), voice(1, BEN)))
    after = voices.with_enrolled(voice(0, CARL, "Carl"), "x")
    assert [v.speaker_id for v in after.enrolled] == [0]
    assert {v.speaker_id: v.packed for v in after.faded} == {1: pack(BEN), 2: pack(ANNA)}


def test_with_another_encoder_a_session_begins_anew_but_keeps_what_it_told() -> None:
    voices = Voices("x", (voice(0, ANNA),), (voice(1, BEN),), (verdict(4, sample(4)),))
    after = voices.with_enrolled(voice(2, CARL), "y")
    assert after.encoder == "y"
    assert [v.speaker_id for v in after.lasting] == [2]
    assert list(after.samples()) == []
    assert after.verdict_on(4) is not None


def test_voices_are_for_workers_with_their_encoder() -> None:
    voices = Voices("x")
    assert voices.of_encoder("x") == voices
    assert voices.of_encoder("y") is None
    fresh = Voices().of_encoder("y")
    assert fresh is not None
    assert fresh.encoder == "y"
