import pytest

from contract.errors import ModelUnavailableError
from stt_worker.choice import Choice, Format, Hardware, Source, choices

CPU = Hardware(torch_cuda=False, ctranslate2_cuda=False)
CUDA = Hardware(torch_cuda=True, ctranslate2_cuda=True)

OPENAI = Source(Format.OPENAI, "/models/base.pt", local=True)
HUGGING_FACE = Source(Format.HUGGING_FACE, "/models/hf", local=True)
CTRANSLATE2 = Source(Format.CTRANSLATE2, "/models/ct2", local=True)
ON_HUB = [
    Source(Format.CTRANSLATE2, "Systran/faster-whisper-base", local=False),
    Source(Format.HUGGING_FACE, "openai/whisper-base", local=False),
]


def best(engine: str, device: str, sources: list[Source], hardware: Hardware) -> Choice:
    return choices(engine, device, sources, hardware)[0]


@pytest.mark.parametrize(
    ("sources", "engine"),
    [
        ([OPENAI], "whisper"),
        ([HUGGING_FACE], "faster-whisper"),
        ([CTRANSLATE2], "faster-whisper"),
        (ON_HUB, "faster-whisper"),
        ([*ON_HUB, OPENAI], "whisper"),
    ],
)
@pytest.mark.parametrize("hardware", [CPU, CUDA])
def test_auto_takes_the_faster_whisper_that_can_read_what_is_here(
    sources: list[Source], engine: str, hardware: Hardware
) -> None:
    choice = best("auto", "auto", sources, hardware)
    assert choice.engine == engine
    assert choice.device == ("cuda" if hardware is CUDA else "cpu")
    assert engine in choice.why


def test_an_engine_asked_for_gets_the_weights_it_can_read() -> None:
    assert best("whisper", "auto", ON_HUB, CPU).source.format is Format.HUGGING_FACE
    assert best("faster-whisper", "auto", ON_HUB, CPU).source.format is Format.CTRANSLATE2
    assert best("whisper", "auto", [HUGGING_FACE], CPU).engine == "whisper"


@pytest.mark.parametrize(
    ("engine", "source", "remedy"),
    [
        ("faster-whisper", OPENAI, "STT_ENGINE=whisper"),
        ("whisper", CTRANSLATE2, "STT_ENGINE=faster-whisper"),
    ],
)
def test_an_engine_that_cannot_read_the_weights_is_refused_by_name(
    engine: str, source: Source, remedy: str
) -> None:
    with pytest.raises(ModelUnavailableError) as error:
        choices(engine, "auto", [source], CPU)
    for part in (engine, source.place, source.format, remedy):
        assert part in str(error.value)


def test_cuda_goes_before_a_faster_engine_without_it() -> None:
    torch_only = Hardware(torch_cuda=True, ctranslate2_cuda=False)
    ways = choices("auto", "auto", [HUGGING_FACE], torch_only)
    assert [(way.engine, way.device) for way in ways] == [
        ("whisper", "cuda"),
        ("faster-whisper", "cpu"),
        ("whisper", "cpu"),
    ]


def test_cuda_asked_for_where_there_is_none_is_an_error() -> None:
    with pytest.raises(ModelUnavailableError, match="STT_DEVICE=cuda"):
        choices("auto", "cuda", [HUGGING_FACE], CPU)


def test_the_cpu_asked_for_is_what_one_gets() -> None:
    assert {way.device for way in choices("auto", "cpu", [HUGGING_FACE], CUDA)} == {"cpu"}
