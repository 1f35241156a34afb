import pytest

from evaluation.__main__ import main


def test_without_recordings_it_says_how_to_name_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SORI_DATA", raising=False)
    monkeypatch.setattr("sys.argv", ["evaluation"])
    assert main() == 1
    assert "SORI_DATA=DIR" in capsys.readouterr().err


def test_an_encoder_that_is_none_ends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("SPEAKER_ENCODER", "ecapa")
    monkeypatch.setattr("sys.argv", ["evaluation", "--data", str(tmp_path)])
    assert main() == 1
    assert "SPEAKER_ENCODER=ecapa" in capsys.readouterr().err
