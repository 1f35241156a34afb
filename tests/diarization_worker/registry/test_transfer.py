import base64
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from contract.errors import InvalidMessageError
from contract.speakers import MAX_SAMPLES, Sample, StoredPrint
from diarization_worker.registry.prints import Recording
from diarization_worker.registry.transfer import MAX_AUDIO_BYTES, exported, imported, now, shown
from tests.diarization_worker.registry.voices import ANNA, MOMENT, axis, stored_print

FLAC = base64.b64encode(b"fLaC and sound").decode()


def stored(**changes: object) -> StoredPrint:
    sample = {"embedding": [0.6, 0.8], "speech_seconds": 3.0, "audio_base64": None}
    fields: dict[str, object] = {
        "speaker_id": "anna",
        "name": "Anna",
        "encoder": "tones/one",
        "created": MOMENT,
        "updated": MOMENT,
        "samples": [sample | {k: v for k, v in changes.items() if k in sample}],
    }
    fields |= {k: v for k, v in changes.items() if k in fields}
    return StoredPrint.model_validate(fields)


def test_what_is_exported_is_imported_to_the_last_bit() -> None:
    vector = np.random.default_rng(0).normal(size=192).astype(np.float32)
    vector /= np.linalg.norm(vector)
    before = replace(stored_print("anna"), recordings=(Recording(vector, 2.5, b"fLaC and sound"),))
    line = exported(before).model_dump_json()
    (after,) = imported(StoredPrint.model_validate_json(line)).recordings
    assert np.array_equal(after.embedding, vector)
    assert (after.seconds, after.audio) == (2.5, b"fLaC and sound")
    assert len(line) < 3_000


def test_what_is_nearly_a_unit_vector_becomes_one() -> None:
    (recording,) = imported(stored(embedding=[0.603, 0.8])).recordings
    assert np.linalg.norm(recording.embedding) == pytest.approx(1, abs=1e-6)
    assert recording.embedding.dtype == np.float32


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"embedding": [0.6, 0.9]}, "no unit vector"),
        ({"embedding": []}, "no unit vector"),
        ({"embedding": [1e300, 1e300]}, "no unit vector"),
        ({"speech_seconds": 0.0}, "speech_seconds"),
        ({"speech_seconds": -1.0}, "speech_seconds"),
        ({"speech_seconds": 1e9}, "speech_seconds"),
        ({"created": "yesterday"}, "ISO 8601 UTC"),
        ({"updated": "2026-11-21T10:00:00"}, "ISO 8601 UTC"),
        ({"updated": "2026-11-21T10:00:00+09:00"}, "ISO 8601 UTC"),
        ({"speaker_id": "export"}, "reserved"),
        ({"encoder": ""}, "encoder is empty"),
        ({"audio_base64": "no base64!"}, "no FLAC"),
        ({"audio_base64": base64.b64encode(b"MZ").decode()}, "no FLAC"),
        (
            {"audio_base64": base64.b64encode(b"fLaC" + bytes(MAX_AUDIO_BYTES)).decode()},
            "no FLAC",
        ),
    ],
)
def test_what_can_be_no_print_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidMessageError, match=reason) as caught:
        imported(stored(**changes))
    assert "0.6" not in str(caught.value)


def test_embeddings_of_different_length_are_refused() -> None:
    samples = [Sample(embedding=[1.0], speech_seconds=3), *stored().samples]
    with pytest.raises(InvalidMessageError, match="differ in length"):
        imported(stored(samples=samples))


@pytest.mark.parametrize("count", [0, MAX_SAMPLES + 1])
def test_a_print_has_a_bounded_number_of_samples(count: int) -> None:
    with pytest.raises(ValidationError):
        stored(samples=stored().samples * count)


def test_audio_comes_along() -> None:
    (recording,) = imported(stored(audio_base64=FLAC)).recordings
    assert recording.audio == b"fLaC and sound"


def test_an_embedding_is_shown_only_to_who_asks() -> None:
    voice_print = stored_print("anna", axis(ANNA))
    assert shown(voice_print).embedding is None
    assert shown(voice_print, embedding=True).embedding == axis(ANNA).tolist()
    for message in (shown(voice_print, embedding=True), exported(voice_print)):
        assert "embedding" not in repr(message)


def test_times_are_utc() -> None:
    assert imported(stored(created=now(), updated=now())).created.endswith("Z")
