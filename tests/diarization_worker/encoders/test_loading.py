import pytest

from contract.errors import ModelUnavailableError
from diarization_worker.encoders.loading import load_encoder


@pytest.mark.parametrize(
    ("name", "kind"), [("embedded", "campplus"), ("resemblyzer", "resemblyzer")]
)
def test_encoders_that_come_along(name: str, kind: str) -> None:
    encoder = load_encoder(name, "cpu")
    assert (encoder.name, encoder.model, encoder.device) == (kind, "embedded", "cpu")


def test_an_encoder_of_ones_own() -> None:
    assert load_encoder("bench.instant:InstantEncoder", "cpu").name == "instant"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ecapa", "none of `embedded`"),
        ("bench.instant:InstantAnalyzer", "no SpeakerEncoder"),
        ("bench.instant:Nobody", "can't be loaded"),
        ("/nowhere/model.bin", "none of `embedded`"),
    ],
)
def test_what_is_no_encoder_is_refused_with_a_reason(name: str, reason: str) -> None:
    with pytest.raises(ModelUnavailableError, match=reason):
        load_encoder(name, "cpu")
