import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.parameters import Parameters
from gateway_service.endpointing.endpointer import (
    Checkpoint,
    Endpointer,
    SpeechStarted,
    Utterance,
)
from tests.support.sounds import (
    RATE,
    clicks,
    data_dir,
    hum,
    librispeech,
    read_speech,
    silence,
    syllables,
    to_pcm,
    unbroken,
    white_noise,
)

CONVERSATION = to_pcm(
    np.concatenate(
        [silence(1), syllables(3), silence(1.2), syllables(1, 1), silence(7), syllables(14, 2)]
    )
)


def cut(
    pcm: bytes, parameters: Parameters | None = None, packet: int = 3200, flush: bool = True
) -> list[Utterance]:
    endpointer = Endpointer(parameters or Parameters())
    found: list[SpeechStarted | Utterance] = []
    for offset in range(0, len(pcm), packet):
        found += endpointer.feed(pcm[offset : offset + packet], offset / 2 / RATE)
    if flush:
        found += endpointer.flush(len(pcm) / 2 / RATE)
    return [item for item in found if isinstance(item, Utterance)]


def times(utterances: list[Utterance]) -> list[tuple[float, float]]:
    return [(item.start / RATE, item.end / RATE) for item in utterances]


def bounds(utterances: list[Utterance]) -> list[tuple[int, int, int, int]]:
    return [(item.start, item.speech_start, item.speech_end, item.end) for item in utterances]


def test_an_utterance_begins_and_ends_where_the_speech_does() -> None:
    (first, *_) = cut(CONVERSATION)

    assert first.start / RATE == pytest.approx(1 - 0.3, abs=0.09)
    assert first.end / RATE == pytest.approx(4 + 0.3, abs=0.09)
    assert first.pcm == CONVERSATION[2 * first.start : 2 * first.end]
    assert first.speech_start / RATE == pytest.approx(1, abs=0.09)
    assert first.speech_end / RATE == pytest.approx(4, abs=0.09)


def test_long_speech_is_cut_at_a_quiet_point_and_nothing_is_lost_at_the_cut() -> None:
    *_, before, after = cut(CONVERSATION)

    assert before.end == after.start
    assert before.checkpoint == Checkpoint(after.start, continuing=True)
    assert (before.end - before.speech_start) / RATE <= 10
    around = np.frombuffer(CONVERSATION, "<i2")[before.end - 480 : before.end].astype(float)
    whole = np.frombuffer(before.pcm, "<i2").astype(float)
    assert np.abs(around).mean() < 0.3 * np.abs(whole).mean()


def test_no_utterance_is_longer_than_an_engine_takes() -> None:
    pcm = to_pcm(np.concatenate([silence(1), unbroken(40)]))

    first, *_ = cut(pcm, Parameters(max_segment_duration=30))

    assert (first.end - first.start) / RATE == 30


def test_noise_in_which_speech_may_begin_any_time_is_not_kept() -> None:
    endpointer = Endpointer(Parameters())
    pcm = to_pcm(np.concatenate([clicks(30), white_noise(30, 0.3)]))

    for offset in range(0, len(pcm), 960):
        assert not list(endpointer.feed(pcm[offset : offset + 960], 0))
        assert len(endpointer.audio_so_far()) / 2 / RATE < 10.5


@pytest.mark.parametrize("packet", [2, 320, 960, 6400, 64_000])
def test_the_size_of_packets_changes_nothing(packet: int) -> None:
    pcm = CONVERSATION[: 8 * RATE * 2] if packet == 2 else CONVERSATION

    cuts = [(item.start, item.pcm) for item in cut(pcm, packet=packet)]

    assert cuts == [(item.start, item.pcm) for item in cut(pcm)]


@settings(max_examples=25, deadline=None)
@given(st.integers(min_value=0, max_value=len(CONVERSATION) // 2), st.integers(1, 4000))
def test_another_gateway_cuts_the_same_from_the_checkpoint_on(moment: int, packet: int) -> None:
    endpointer = Endpointer(Parameters())
    before = [
        item
        for offset in range(0, 2 * moment, 2 * packet)
        for item in endpointer.feed(CONVERSATION[offset : min(offset + 2 * packet, 2 * moment)], 0)
        if isinstance(item, Utterance)
    ]
    checkpoint = endpointer.checkpoint

    second = Endpointer(Parameters(), checkpoint)
    after = [*second.feed(CONVERSATION[2 * checkpoint.sample :], 0), *second.flush(0)]

    resumed = [*before, *(item for item in after if isinstance(item, Utterance))]
    assert bounds(resumed) == bounds(cut(CONVERSATION))


def test_the_start_of_each_utterance_is_told_once_before_its_end() -> None:
    endpointer = Endpointer(Parameters())
    found = [*endpointer.feed(CONVERSATION, 0), *endpointer.flush(0)]

    assert [type(item) for item in found] == [SpeechStarted, Utterance] * (len(found) // 2)
    starts = [item.sample for item in found if isinstance(item, SpeechStarted)]
    assert starts == [item.start for item in found if isinstance(item, Utterance)]


def test_in_silence_the_checkpoint_moves_on() -> None:
    endpointer = Endpointer(Parameters())

    assert not list(endpointer.feed(to_pcm(silence(60)), 0))

    assert endpointer.checkpoint.sample / RATE > 54


def test_flushing_ends_the_utterance_in_progress_with_its_last_sample() -> None:
    pcm = to_pcm(np.concatenate([silence(0.5), unbroken(2.017)]))

    (utterance,) = cut(pcm)

    assert utterance.end == utterance.speech_end == len(pcm) // 2
    assert utterance.checkpoint == Checkpoint(len(pcm) // 2)


def test_the_arrival_of_the_last_voiced_sample_is_remembered() -> None:
    (utterance,) = cut(to_pcm(np.concatenate([syllables(2), silence(3)])))

    assert utterance.heard_at == pytest.approx(2.0, abs=0.15)


def test_speech_shorter_than_asked_for_is_dropped() -> None:
    pcm = to_pcm(np.concatenate([silence(1), syllables(0.6), silence(2)]))

    assert len(cut(pcm)) == 1
    assert not cut(pcm, Parameters(min_seg_duration=2))


def test_a_longer_silence_joins_what_a_shorter_one_parts() -> None:
    pcm = to_pcm(np.concatenate([syllables(2), silence(1), syllables(2), silence(1)]))

    assert len(cut(pcm, flush=False)) == 2
    assert len(cut(pcm, Parameters(silence_duration=1.5))) == 1


def test_what_is_quieter_than_the_threshold_is_silence() -> None:
    pcm = to_pcm(np.concatenate([silence(1), syllables(2), silence(1)]))

    assert len(cut(pcm)) == 1
    assert not cut(pcm, Parameters(rms_threshold=-10))


@pytest.mark.parametrize(
    "noise",
    [
        pytest.param(silence(60), id="digital silence"),
        pytest.param(white_noise(60), id="white noise"),
        pytest.param(np.concatenate([silence(5), white_noise(30, 0.05)]), id="sudden noise"),
        pytest.param(hum(60), id="hum"),
        pytest.param(clicks(60), id="clicks"),
        pytest.param(clicks(60) + white_noise(60, 0.002), id="clicks in a quiet room"),
    ],
)
def test_noise_is_not_speech(noise: np.ndarray) -> None:
    assert not cut(to_pcm(noise))


def test_the_test_for_noise_can_be_switched_off() -> None:
    steady = to_pcm(hum(10, 150) + white_noise(10))
    assert not cut(steady)
    assert cut(steady, Parameters(var_threshold=0, vad_mode=0))


@pytest.mark.data
def test_no_word_of_read_speech_falls_between_utterances() -> None:
    for path, _text in librispeech()[::5]:
        samples = read_speech(path)
        utterances = cut(to_pcm(samples))
        kept = sum(len(item.pcm) // 2 for item in utterances)
        gaps = itertools.pairwise([0, *(t for item in times(utterances) for t in item)])
        loud = [
            (a, b)
            for a, b in list(gaps)[::2]
            if b - a > 0.1 and np.sqrt(np.mean(samples[int(a * RATE) : int(b * RATE)] ** 2)) > 0.02
        ]
        assert kept > 0.8 * len(samples)
        assert not loud, path


@pytest.mark.data
def test_korean_sentences_are_found_whole() -> None:
    import librosa
    import soundfile

    for path in sorted((data_dir() / "speech/ko/Korean_FA").glob("*.wav")):
        samples, rate = soundfile.read(path, dtype="float32")
        samples = librosa.resample(samples, orig_sr=rate, target_sr=RATE)
        utterances = cut(to_pcm(samples))
        assert len(utterances) == 1
        assert 1.5 < (utterances[0].end - utterances[0].start) / RATE < 3.5
