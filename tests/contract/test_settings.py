from pathlib import Path

import pytest

from contract.settings import SharedSettings


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    return tmp_path


def test_a_setting_may_come_as_a_file(secrets: Path) -> None:
    (secrets / "redis_url").write_text("redis://:word@redis:6379/0\n")
    assert SharedSettings().redis_url == "redis://:word@redis:6379/0"


def test_the_environment_goes_before_files(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets / "redis_url").write_text("redis://file:6379/0")
    monkeypatch.setenv("REDIS_URL", "redis://environment:6379/0")
    assert SharedSettings().redis_url == "redis://environment:6379/0"
