import numpy as np
import pytest

from diarization_worker.hearing.hear import hear
from diarization_worker.hearing.voices import Hearing
from tests.diarization_worker.hearing.toys import ToySegmenter, silence, tone, toy_models


def told(hearing: Hearing) -> list[tuple[float, float, int]]:
    return [(round(t.start, 1), round(t.end, 1), t.voice) for t in hearing.turns]


def test_two_voices_in_one_utterance_are_told_apart() -> None:
    audio = np.concatenate([silence(0.2), tone(2, 1.0), silence(0.3), tone(0, 0.5)])
    hearing = hear(audio, toy_models())
    assert told(hearing) == [(0.2, 1.2, 0), (1.5, 2.0, 1)]
    assert [voice.seconds for voice in hearing.voices] == pytest.approx([1.0, 0.5], abs=0.05)
    one, other = (voice.embedding for voice in hearing.voices)
    assert one @ other < 0.1


def test_a_voice_that_interrupts_is_heard_at_the_same_time() -> None:
    audio = tone(0, 3.0)
    audio[24_000:40_000] += tone(1, 1.0)
    hearing = hear(audio, toy_models())
    assert told(hearing) == [(0.0, 3.0, 0), (1.5, 2.5, 1)]
    assert hearing.voices[0].seconds == pytest.approx(2.0, abs=0.1)  # what nobody talks over


def test_a_voice_that_the_net_splits_is_one_again() -> None:
    audio = np.concatenate([tone(1, 0.8), silence(0.3), tone(1, 0.8)])
    hearing = hear(audio, toy_models(ToySegmenter(splits=True)))
    assert told(hearing) == [(0.0, 0.8, 0), (1.1, 1.9, 0)]


@pytest.mark.parametrize("seconds", [0.0, 0.01, 1.0, 9.0])
def test_silence_has_no_voices(seconds: float) -> None:
    assert hear(silence(seconds), toy_models()) == Hearing()


def test_a_third_of_a_second_is_a_voice() -> None:
    assert told(hear(tone(0, 0.3), toy_models())) == [(0.0, 0.3, 0)]


def test_voices_keep_their_number_over_many_windows() -> None:
    order = [0, 1, 2, 0, 3, 1, 4, 3, 0, 2]
    audio = np.concatenate([np.concatenate([tone(v, 1.5), silence(0.5)]) for v in order])
    segmenter = ToySegmenter()
    hearing = hear(audio, toy_models(segmenter))
    assert set(segmenter.heard) == {4 * 16_000}, "each window is as long as the net likes it"
    names = {voice: number for number, voice in enumerate(dict.fromkeys(order))}
    assert told(hearing) == [
        (2.0 * i, 2.0 * i + 1.5, names[voice]) for i, voice in enumerate(order)
    ]


def test_as_many_voices_as_are_asked_for() -> None:
    audio = np.concatenate([tone(v, 1.5) for v in (0, 1, 2, 3, 0, 1, 2, 3)])
    models = toy_models()
    assert len(hear(audio, models).voices) == 4
    assert len(hear(audio, models, num_voices=2).voices) == 2
    assert len(hear(audio, models, max_voices=3).voices) == 3
    assert len(hear(audio, models, max_voices=9).voices) == 4
    assert len(hear(tone(0, 1.0), models, num_voices=3).voices) == 1, "no more can be heard"
