import pytest

from gateway_service.settings import GatewaySettings, ParameterDefaults


@pytest.mark.parametrize(
    ("given", "taken"), [("ko", "ko"), ("en_US:en", "auto"), ("C.UTF-8", "auto")]
)
def test_the_language_of_the_desktop_is_not_that_of_the_speech(
    monkeypatch: pytest.MonkeyPatch, given: str, taken: str
) -> None:
    monkeypatch.setenv("LANGUAGE", given)
    monkeypatch.setenv("SILENCE_DURATION", "0.7")

    defaults = ParameterDefaults()

    assert defaults.language == taken
    assert defaults.silence_duration == 0.7


def test_keys_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", " one, two,,")
    assert GatewaySettings().keys == {"one", "two"}
    monkeypatch.delenv("API_KEYS")
    assert not GatewaySettings().keys
