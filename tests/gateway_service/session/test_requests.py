import pytest

from contract.client_messages import StartTranscription
from contract.errors import InvalidMessageError, UnsupportedLanguageError
from contract.heartbeats import Heartbeat
from contract.parameters import Parameters
from contract.values import EngineInfo
from gateway_service.session.requests import check_language, requested_settings

ENGLISH_ONLY = Heartbeat(
    process_id="1",
    at=0,
    consumed_at=0,
    engine=EngineInfo(name="pocketsphinx", model="en-us", device="cpu"),
    languages=["en"],
    advice="Set STT_MODEL.",
)
ANY = ENGLISH_ONLY.model_copy(update={"languages": None})


def test_what_is_not_asked_for_stays_as_configured() -> None:
    message = StartTranscription(
        language="ko", num_speakers=3, parameters={"silence_duration": 0.7}, prompt="소리"
    )

    settings = requested_settings(message, Parameters(vad_mode=1))

    assert settings.parameters == Parameters(
        vad_mode=1, language="ko", num_speakers=3, silence_duration=0.7
    )
    assert settings.prompt == "소리"
    assert settings.interim


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (StartTranscription(parameters={"vad_mode": 4}), r"parameters\.vad_mode: .* 3 \(got 4\)"),
        (StartTranscription(parameters={"silence_duration": 0}), r"silence_duration: .* 0\.2"),
        (StartTranscription(parameters={"volume": 1}), r"parameters\.volume: "),
        (StartTranscription(num_speakers=21), r"num_speakers: .* 20 \(got 21\)"),
        (StartTranscription(language="Korean!"), r"language: "),
    ],
)
def test_a_parameter_out_of_bounds_is_refused_by_name(
    message: StartTranscription, complaint: str
) -> None:
    with pytest.raises(InvalidMessageError, match=complaint):
        requested_settings(message, Parameters())


def test_a_language_that_no_engine_can_do_is_refused_with_advice() -> None:
    with pytest.raises(UnsupportedLanguageError, match=r"pocketsphinx .*'ko'.* Set STT_MODEL"):
        check_language("ko", [ENGLISH_ONLY])


@pytest.mark.parametrize(
    ("language", "workers"),
    [("en", [ENGLISH_ONLY]), ("auto", [ENGLISH_ONLY]), ("ko", [ENGLISH_ONLY, ANY]), ("ko", [])],
)
def test_other_languages_pass(language: str, workers: list[Heartbeat]) -> None:
    check_language(language, workers)
