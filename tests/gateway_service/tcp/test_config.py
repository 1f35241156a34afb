from pathlib import Path

import pytest

from contract.parameters import Parameters
from gateway_service.tcp.config import ConfigError, TcpConfig, for_workers, load_config

ROOT = Path(__file__).parents[3]


def load(folder: Path, text: str, **environment: str) -> TcpConfig:
    path = folder / "vad.yaml"
    path.write_text(text)
    return load_config({"CONFIG_VAD": str(path), **environment})


def test_the_file_that_comes_along_says_what_holds_without_it() -> None:
    assert load_config({"CONFIG_VAD": str(ROOT / "config_vad.yaml")}) == TcpConfig()


def test_an_utterance_ends_after_16_silent_frames_or_10_seconds() -> None:
    parameters = TcpConfig().parameters(Parameters())
    assert parameters.vad_mode == 1
    assert parameters.silence_duration == 0.48
    assert parameters.max_segment_duration == 10


def test_the_environment_stands_above_the_file(tmp_path: Path) -> None:
    config = load(tmp_path, "network: {port: 1}\nvad: {mode: 3}", TCP_PORT="5001", SAVE_PCM="true")
    assert config.network.port == 5001
    assert config.vad.mode == 3
    assert config.save_pcm.enabled


def test_a_desktops_language_is_not_ours(tmp_path: Path) -> None:
    assert load(tmp_path, "", LANGUAGE="en_US:en").model.language == "auto"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("network: {prot: 1}", "prot"),
        ("networks: {}", "networks"),
        ("vad: {mode: 4}", "mode"),
        ("save_pcm: {max_mb: 100, max_total_mb: 100}", "max_total_mb"),
        ("audio: {sample_rate: 8000}", "sample_rate"),
        ("network: 5", "network"),
        ("- 1", "sections"),
        ("a: [", "vad.yaml"),
        ("!!python/object/apply:os.getcwd []", "vad.yaml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load(tmp_path, text)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_config({"CONFIG_VAD": str(tmp_path / "none.yaml")})


def test_size_and_device_are_for_the_workers(tmp_path: Path) -> None:
    config = load(tmp_path, "model: {size: small, device: cpu}")
    assert for_workers(config) == {"STT_MODEL": "small", "STT_DEVICE": "cpu"}
    assert for_workers(TcpConfig()) == {}
