import numpy as np
import pytest

from contract.errors import EncoderChangedError, VoiceMismatchError
from contract.speakers import MAX_SAMPLES
from diarization_worker.registry.prints import Print, Recording, enrol, quality
from tests.diarization_worker.registry.voices import (
    ANNA,
    BEN,
    CALIBRATION,
    MOMENT,
    axis,
    stored_print,
)

LATER = "2026-11-22T10:00:00Z"


def add(before: Print | None, *recordings: Recording, name: str | None = None) -> Print:
    return enrol(before, "anna", name, recordings, "tones/one", CALIBRATION, LATER)


def test_a_new_print_has_its_recordings_and_times() -> None:
    made = add(None, Recording(axis(ANNA), 3.0), name="Anna")
    assert (made.speaker_id, made.name, made.encoder) == ("anna", "Anna", "tones/one")
    assert (made.created, made.updated, made.seconds) == (LATER, LATER, 3.0)


def test_what_is_added_weighs_by_its_speech() -> None:
    near = axis(BEN, like=ANNA, cosine=0.8)
    made = add(stored_print("anna", axis(ANNA)), Recording(near, 12.0))
    assert (made.created, made.updated, made.seconds) == (MOMENT, LATER, 16.0)
    expected = axis(ANNA) * 4 + near * 12
    assert made.centroid == pytest.approx(expected / np.linalg.norm(expected))
    assert np.linalg.norm(made.centroid) == pytest.approx(1)


def test_a_name_stays_until_another_is_given() -> None:
    named = add(None, Recording(axis(ANNA), 3.0), name="Anna")
    kept = add(named, Recording(axis(ANNA), 3.0))
    assert (kept.name, add(kept, Recording(axis(ANNA), 3.0), name="A.").name) == ("Anna", "A.")


def test_the_oldest_recordings_make_room() -> None:
    made = stored_print("anna", *[axis(ANNA)] * MAX_SAMPLES)
    for seconds in (1.0, 2.0):
        made = add(made, Recording(axis(ANNA), seconds))
    assert len(made.recordings) == MAX_SAMPLES
    assert [r.seconds for r in made.recordings[-3:]] == [4.0, 1.0, 2.0]


def test_another_encoders_print_takes_nothing() -> None:
    with pytest.raises(EncoderChangedError, match=r"anna was made by tones/two.*register anew"):
        add(stored_print("anna", axis(ANNA), encoder="tones/two"), Recording(axis(ANNA), 3.0))


def test_another_voice_is_refused_and_a_doubtful_one_is_not() -> None:
    before = stored_print("anna", axis(ANNA))
    doubtful, stranger = axis(BEN, like=ANNA, cosine=0.4), axis(BEN, like=ANNA, cosine=0.1)
    assert len(add(before, Recording(doubtful, 4.0)).recordings) == 2
    with pytest.raises(VoiceMismatchError, match="delete the voice print first"):
        add(before, Recording(stranger, 4.0))
    with pytest.raises(VoiceMismatchError, match="different voices"):
        add(None, Recording(axis(ANNA), 4.0), Recording(stranger, 4.0))


def test_quality_grows_with_speech_and_falls_with_difference() -> None:
    one, more = stored_print("a", axis(ANNA)), stored_print("a", *[axis(ANNA)] * 3)
    apart = stored_print("a", axis(ANNA), axis(ANNA), axis(BEN, like=ANNA, cosine=0.6))
    assert quality(one, CALIBRATION) == pytest.approx(0.7)
    assert 0.85 < quality(more, CALIBRATION) <= 1
    assert quality(apart, CALIBRATION) < 0.95 * quality(more, CALIBRATION)


def test_no_embedding_shows_when_a_print_is_written_out() -> None:
    text = repr(stored_print("anna", axis(ANNA)))
    assert "anna" in text
    assert "embedding" not in text
    assert "[" not in text
