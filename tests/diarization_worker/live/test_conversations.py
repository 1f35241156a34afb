"""Real people in live sessions: the real endpointer, the embedded models, default parameters.

`make eval-speakers` measures the same on more recordings.
"""

from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import soundfile

from diarization_worker.encoders.encoder import Audio
from diarization_worker.live.enrolment import Examined, examine
from diarization_worker.models import VoiceModels, load
from diarization_worker.settings import DiarizationSettings
from evaluation.error_rate import error_rate, read_rttm
from evaluation.live import STRANGER, Part, score, stream_parts
from evaluation.sessions import stream


@pytest.fixture(scope="module")
def models() -> VoiceModels:
    return load(DiarizationSettings())


@pytest.fixture
def readers(speech_data: Path) -> dict[str, list[Audio]]:
    """Ten utterances of each of five people."""
    return {
        reader.name: [soundfile.read(f, dtype="float32")[0] for f in sorted(reader.glob("*.flac"))]
        for reader in sorted((speech_data / "speech/en/librispeech").iterdir())
        if reader.is_dir()
    }


def test_a_call_between_two_women_whom_nobody_knows(models: VoiceModels) -> None:
    package = find_spec("pyannote.audio")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "sample"
    audio, _ = soundfile.read(folder / "sample.wav", dtype="float32")
    course = stream(audio, models)
    assert {segment.last for segment in course.segments.values()} == {0, 1}
    told = [(turn.start, turn.end, str(turn.last)) for turn in course.corrected_turns()]
    reference = read_rttm(folder / "sample.rttm")["sample"]
    assert error_rate(reference, told, len(audio) / 16_000) <= 0.15


@pytest.mark.data
def test_two_enrolled_readers_in_turn_and_a_stranger_between(
    models: VoiceModels, readers: dict[str, list[Audio]]
) -> None:
    one, other, third = (readers[name] for name in sorted(readers)[:3])
    parts = [
        Part(who, voice[number])
        for number in range(2, 6)
        for who, voice in ((0, one), (1, other), (STRANGER, third))
    ]
    told = score(*stream_parts(parts, [one[0], other[0]], models))
    assert told.known_right >= 0.97 * told.known
    assert told.segments >= 4
    assert told.segments_right >= 0.9 * told.segments


@pytest.mark.data
def test_one_reader_alone_is_not_taken_for_two(
    models: VoiceModels, readers: dict[str, list[Audio]]
) -> None:
    parts = [Part(0, audio) for audio in readers["367"][:6]]
    _, course = stream_parts(parts, [], models, num_speakers=0)
    assert {segment.first for segment in course.segments.values()} == {0}
    assert course.corrections == 0


@pytest.mark.data
def test_enrolment_takes_one_voice_and_refuses_two(
    models: VoiceModels, readers: dict[str, list[Audio]]
) -> None:
    alone = [
        readings[i][:80_000]
        for readings in readers.values()
        for i in (1, 5)
        if len(readings[i]) > 64_000
    ]
    both = [
        np.concatenate([one[4][16_000:40_000], other[6][16_000:64_000]])
        for one, other in combinations(readers.values(), 2)
    ]
    examined = [examine(audio, len(audio) / 16_000, models) for audio in alone]
    assert all(isinstance(one, Examined) and one.quality > 0.4 for one in examined)
    assert [examine(audio, 4.5, models) for audio in both].count("several_voices") >= 8


def test_nobody_enrols_by_music_or_noise(models: VoiceModels) -> None:
    times = np.arange(8 * 16_000) / 16_000
    chords = np.sum([np.sin(2 * np.pi * hertz * times) for hertz in (220, 277, 330, 440)], axis=0)
    music = 0.1 * chords * (1 - (times * 2) % 1)
    noise = np.random.default_rng(0).normal(0, 0.1, len(times))
    for sound in (music, noise):
        assert examine(sound.astype(np.float32), 6.0, models) == "too_short"
