import shutil
import threading
from pathlib import Path
from time import monotonic

import pytest
from huggingface_hub import constants

from contract.errors import ModelUnavailableError
from stt_worker import hub, weights
from stt_worker.choice import Choice, Format, Source, WhisperEngineName
from stt_worker.hub import files_to_fetch
from stt_worker.weights import find_sources, format_of_files


def faster_whisper_on(folder: Path) -> Choice:
    source = Source(Format.HUGGING_FACE, str(folder), local=True)
    return Choice(WhisperEngineName.FASTER_WHISPER, "cpu", source, "test")


def test_each_kind_of_path_is_recognised(
    openai_checkpoint: Path, hf_folder: Path, ct2_folder: Path
) -> None:
    for path, expected in (
        (openai_checkpoint, Format.OPENAI),
        (hf_folder, Format.HUGGING_FACE),
        (ct2_folder, Format.CTRANSLATE2),
    ):
        assert find_sources(str(path), None) == [Source(expected, str(path), local=True)]


def test_a_model_that_is_nothing_is_refused_by_name(tmp_path: Path) -> None:
    for model in ("bas", "/no/such/model.pt", "./models/base"):
        with pytest.raises(ModelUnavailableError, match="no file or folder here"):
            find_sources(model, None)
    with pytest.raises(ModelUnavailableError, match="holds no Whisper weights"):
        find_sources(str(tmp_path), None)


def test_a_size_downloaded_by_openai_whisper_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    checkpoint = tmp_path / "whisper" / "large-v3-turbo.pt"
    checkpoint.parent.mkdir()
    checkpoint.touch()
    assert Source(Format.OPENAI, str(checkpoint), local=True) in find_sources("turbo", None)


def test_formats_are_told_by_file_names() -> None:
    assert format_of_files(["config.json", "model.bin"]) is Format.CTRANSLATE2
    assert format_of_files(["model.safetensors"]) is Format.HUGGING_FACE
    assert format_of_files(["model.safetensors.index.json"]) is Format.HUGGING_FACE
    assert format_of_files(["pytorch_model.bin"]) is Format.HUGGING_FACE
    assert format_of_files(["flax_model.msgpack"]) is None


def test_weights_are_fetched_in_one_format_only() -> None:
    names = ["config.json", "tokenizer.json", "README.md", "tf_model.h5"]
    both = [*names, "model.safetensors", "pytorch_model.bin", "model.fp32-00001-of-2.safetensors"]
    assert files_to_fetch(both) == ["model.safetensors", "config.json", "tokenizer.json"]
    shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    sharded = [*names, "model.safetensors.index.json", *shards]
    assert set(shards) < set(files_to_fetch(sharded))
    with pytest.raises(ModelUnavailableError, match=r"README\.md"):
        files_to_fetch(names)


def test_a_folder_is_converted_once_however_many_ask(hf_folder: Path, tmp_path: Path) -> None:
    paths: list[Path] = []

    def ask() -> None:
        paths.append(weights.prepare(faster_whisper_on(hf_folder), tmp_path, None))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 2
    assert paths[0] == paths[1]
    assert list((tmp_path / "ctranslate2").iterdir()) == [paths[0]]
    assert {"model.bin", "tokenizer.json"} <= {entry.name for entry in paths[0].iterdir()}


def test_a_changed_folder_is_converted_anew(hf_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(hf_folder, folder)
    before = weights.prepare(faster_whisper_on(folder), tmp_path / "cache", None)
    (folder / "preprocessor_config.json").write_text("{}")
    after = weights.prepare(faster_whisper_on(folder), tmp_path / "cache", None)
    assert before != after


def test_a_folder_that_cannot_be_converted_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelUnavailableError, match="can't be converted"):
        weights.prepare(faster_whisper_on(folder), tmp_path / "cache", None)
    assert list((tmp_path / "cache" / "ctranslate2").iterdir()) == []


def test_a_hub_that_cannot_be_reached_is_given_up_in_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://192.0.2.1")  # answers nobody, RFC 5737
    monkeypatch.setattr(hub, "ANSWER_WITHIN_S", 0.5)
    began = monotonic()
    with pytest.raises(ModelUnavailableError, match="can't be reached"):
        hub.list_files("openai/whisper-base", None)
    assert monotonic() - began < 3


def test_offline_mode_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailableError, match="HF_HUB_OFFLINE"):
        hub.list_files("openai/whisper-base", None)
