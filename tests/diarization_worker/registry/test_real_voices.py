"""The registry with the embedded models, on real speech."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile

from contract.errors import (
    AudioUnreadableError,
    NoSpeechError,
    SeveralVoicesError,
    SoriError,
    SpeechTooShortError,
    VoiceMismatchError,
)
from contract.speakers import Answer, Identified, Identify, Register
from diarization_worker import models
from diarization_worker.encoders.encoder import Audio
from diarization_worker.models import VoiceModels
from diarization_worker.registry.folder_store import FolderPrintStore
from diarization_worker.registry.registry import Registry
from diarization_worker.settings import DiarizationSettings
from tests.support.sounds import RATE, clicks, hum, read_speech, white_noise

pytestmark = pytest.mark.data

RegisterVoice = Callable[[str, Audio], Answer]


@pytest.fixture(scope="module")
def voice_models() -> VoiceModels:
    if not os.environ.get("SORI_DATA"):
        pytest.skip("SORI_DATA is unset: it names the folder of test speech")
    return models.load(DiarizationSettings())


@pytest.fixture
def registry(voice_models: VoiceModels, tmp_path: Path) -> Registry:
    return Registry(voice_models, FolderPrintStore(tmp_path))


@pytest.fixture
def readers(speech_data: Path) -> dict[str, list[Audio]]:
    """Five readers, with ten utterances each."""
    folders = sorted((speech_data / "speech/en/librispeech").iterdir())
    return {
        folder.name: [read_speech(file) for file in sorted(folder.glob("*.flac"))]
        for folder in folders
        if folder.is_dir()
    }


def flac(audio: Audio) -> bytes:
    file = BytesIO()
    soundfile.write(file, audio, RATE, format="FLAC")
    return file.getvalue()


def register(registry: Registry, speaker_id: str, audio: Audio) -> None:
    question = Register(speaker_id=speaker_id, uploads=["it"])
    registry.answer(question, lambda _: flac(audio))


def identify(registry: Registry, audio: Audio) -> Identified:
    answer = registry.answer(Identify(upload="it"), lambda _: flac(audio))
    assert isinstance(answer, Identified)
    return answer


def test_three_seconds_tell_who_of_five_it_is(
    registry: Registry, readers: dict[str, list[Audio]]
) -> None:
    for reader, utterances in readers.items():
        register(registry, f"reader-{reader}", utterances[0][: 5 * RATE])
    for reader, utterances in readers.items():
        for utterance in utterances[1:4]:
            found = identify(registry, utterance[RATE // 2 : RATE // 2 + 3 * RATE])
            assert found.speaker_id == f"reader-{reader}", found


def test_a_stranger_is_not_taken_for_anybody(
    registry: Registry, readers: dict[str, list[Audio]]
) -> None:
    stranger, *others = readers
    for reader in others:
        register(registry, f"reader-{reader}", readers[reader][0])
    for utterance in readers[stranger][:4]:
        assert not identify(registry, utterance).known


def test_a_wrong_recording_does_not_get_into_a_print(
    registry: Registry, readers: dict[str, list[Audio]]
) -> None:
    one, other = list(readers)[:2]
    register(registry, "one", readers[one][0])
    with pytest.raises(VoiceMismatchError):
        register(registry, "one", readers[other][0])
    for utterance in readers[one][1:4]:
        register(registry, "one", utterance)


def test_two_readers_in_one_recording_are_refused(
    registry: Registry, readers: dict[str, list[Audio]]
) -> None:
    one, other = (utterances[0][: 4 * RATE] for utterances in list(readers.values())[:2])
    with pytest.raises(SeveralVoicesError):
        register(registry, "both", np.concatenate([one, other]))


def melody() -> Audio:
    """Twelve notes of a plucked string."""
    times = np.arange(RATE * 2 // 5) / RATE
    notes = [220, 247, 262, 294, 330, 349, 392, 440, 392, 330, 294, 262]
    decay = np.exp(-3 * times)
    return np.concatenate(
        [
            0.2 * decay * sum(np.sin(2 * np.pi * hertz * k * times) / k for k in range(1, 6))
            for hertz in notes
        ]
    )


def triad() -> Audio:
    times = np.arange(5 * RATE) / RATE
    return 0.1 * sum(np.sin(2 * np.pi * hertz * times) for hertz in (261.63, 329.63, 392.0))  # type: ignore[return-value]


@pytest.mark.parametrize(
    "audio",
    [
        np.zeros(3 * RATE),
        white_noise(3),
        white_noise(1),
        hum(3),
        clicks(3),
        melody(),
        triad(),
    ],
    ids=["silence", "noise", "a second of noise", "hum", "clicks", "melody", "triad"],
)
def test_what_is_no_speech_is_nobody(registry: Registry, audio: Audio) -> None:
    with pytest.raises(NoSpeechError):
        identify(registry, audio.astype(np.float32))


def test_a_fifth_of_a_second_is_refused(
    registry: Registry, readers: dict[str, list[Audio]]
) -> None:
    utterance = next(iter(readers.values()))[0]
    with pytest.raises((SpeechTooShortError, NoSpeechError)):
        identify(registry, utterance[RATE : RATE + RATE // 5])


def test_text_by_the_name_of_a_recording_is_refused(registry: Registry) -> None:
    with pytest.raises(AudioUnreadableError) as caught:
        registry.answer(Identify(upload="speech.wav"), lambda _: b"nothing to hear " * 1000)
    assert isinstance(caught.value, SoriError)
