from pathlib import Path

import pytest

from bench.instant import InstantEncoder
from contract.errors import ModelUnavailableError
from diarization_worker.calibration.loading import EMBEDDED, load_calibration


class Named(InstantEncoder):
    def __init__(self, encoder_id: str) -> None:
        self.name, self.model = encoder_id.split("/")


@pytest.mark.parametrize("encoder_id", EMBEDDED)
def test_embedded_encoders_have_their_calibrations(encoder_id: str) -> None:
    loaded = load_calibration(Named(encoder_id), None, name="any")
    assert loaded.calibration.encoder == encoder_id
    assert loaded.note == ""


def test_another_encoder_gets_a_guess_and_a_note_that_tells_how_to_mend_it() -> None:
    loaded = load_calibration(InstantEncoder(), None, name="bench.instant:InstantEncoder")
    assert "calibration.fit --encoder bench.instant:InstantEncoder" in loaded.note
    assert "SPEAKER_CALIBRATION=" in loaded.note


def test_a_file_of_ones_own_is_taken(tmp_path: Path) -> None:
    own = load_calibration(Named("campplus/embedded"), None, name="embedded").calibration
    own.save(tmp_path / "own.npz")
    loaded = load_calibration(Named("campplus/embedded"), tmp_path / "own.npz", name="embedded")
    assert loaded.calibration.noise_seconds == own.noise_seconds


def test_a_file_for_another_encoder_is_refused(tmp_path: Path) -> None:
    own = load_calibration(Named("campplus/embedded"), None, name="embedded").calibration
    own.save(tmp_path / "own.npz")
    with pytest.raises(ModelUnavailableError, match="fitted to campplus/embedded"):
        load_calibration(InstantEncoder(), tmp_path / "own.npz", name="any")


@pytest.mark.parametrize("content", [None, b"", b"nothing of the kind", b"PK\x03\x04"])
def test_a_file_that_is_no_calibration_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "file.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelUnavailableError, match="can't be read"):
        load_calibration(InstantEncoder(), path, name="any")
