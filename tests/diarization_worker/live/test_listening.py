import numpy as np
import pytest

from diarization_worker.encoders.encoder import Audio
from diarization_worker.live.listening import listen
from tests.diarization_worker.live.voices_of import models, silence, tone

LOW, HIGH = 250, 850


def parts(audio: Audio, *, deaf: bool) -> list[tuple[int, float, float]]:
    return [(t.voice, t.start, t.end) for t in listen(audio, models(deaf=deaf)).turns]


def test_silence_has_no_voices() -> None:
    assert listen(silence(2.0), models()).voices == ()


@pytest.mark.parametrize("deaf", [False, True], ids=["the net notices", "the net does not"])
def test_voices_with_a_pause_between_are_told_apart(*, deaf: bool) -> None:
    audio = np.concatenate([tone(LOW, 2.0), silence(0.5), tone(HIGH, 2.0), silence(0.5)])
    audio = np.concatenate([audio, tone(LOW, 1.5)])
    hearing = listen(audio, models(deaf=deaf))
    assert [turn.voice for turn in hearing.turns] == [0, 1, 0]
    assert [turn.start for turn in hearing.turns] == pytest.approx([0, 2.5, 5.0], abs=0.1)
    assert [turn.end for turn in hearing.turns] == pytest.approx([2.0, 4.5, 6.5], abs=0.1)
    assert [voice.seconds for voice in hearing.voices] == pytest.approx([3.5, 2.0], abs=0.2)
    low, high = (voice.embedding for voice in hearing.voices)
    assert (np.argmax(low), np.argmax(high)) == (2, 8)


def test_one_voice_with_pauses_stays_one() -> None:
    audio = np.concatenate([tone(LOW, 2.0), silence(0.5), tone(LOW, 2.0)])
    hearing = listen(audio, models(deaf=True))
    assert len(hearing.voices) == 1
    assert [turn.voice for turn in hearing.turns] == [0, 0]


def test_too_little_to_differ_by_stays_with_its_neighbour() -> None:
    audio = np.concatenate([tone(LOW, 2.0), silence(0.5), tone(HIGH, 0.5)])
    assert {voice for voice, _, _ in parts(audio, deaf=True)} == {0}
    assert {voice for voice, _, _ in parts(audio, deaf=False)} == {0, 1}


def test_what_the_net_tells_apart_is_not_joined_again() -> None:
    audio = np.concatenate([tone(LOW, 2.0), tone(HIGH, 2.0)])
    assert [voice for voice, _, _ in parts(audio, deaf=False)] == [0, 1]


def test_silence_that_the_net_takes_for_speech_says_nothing_of_a_voice() -> None:
    faint = np.concatenate([tone(LOW, 0.5, 0.0015), tone(LOW, 0.7, 0.3), tone(LOW, 0.5, 0.0015)])
    (voice,) = listen(faint, models()).voices
    assert voice.seconds == pytest.approx(0.7, abs=0.1)
