import numpy as np
import pytest
from numpy.typing import NDArray

from contract.client_messages import StartSpeakerRegistration
from contract.parameters import Parameters
from gateway_service.session import enrolment
from gateway_service.session.enrolment import (
    MARGIN_S,
    MAX_AUDIO_S,
    NEEDED_SPEECH_S,
    Enrolment,
    frames_to_keep,
)
from tests.support.sounds import RATE, silence, syllables, to_pcm

MESSAGE = StartSpeakerRegistration(speaker_id=3, name="지우")


class Clock:
    """The time, as the test says."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


def enrolled(*audio: NDArray[np.float64], packet: int = 3200) -> Enrolment:
    """An enrolment that was fed some audio."""
    fresh = Enrolment("s", MESSAGE, Parameters())
    pcm = to_pcm(np.concatenate(audio))
    for at in range(0, len(pcm), packet):
        list(fresh.feed(pcm[at : at + packet]))
    return fresh


def test_silence_between_does_not_count_and_does_not_harm() -> None:
    at_once = enrolled(syllables(4)).speech_seconds
    in_pieces = enrolled(
        silence(2), syllables(2), silence(20), syllables(2, seed=1), silence(5)
    ).speech_seconds

    assert at_once >= NEEDED_SPEECH_S
    assert in_pieces == pytest.approx(at_once, abs=0.5)
    assert enrolled(silence(10)).speech_seconds == 0


@pytest.mark.parametrize("packet", [2, 960, 1000, 64_000])
def test_the_size_of_packets_changes_nothing(packet: int) -> None:
    audio = np.concatenate([silence(0.5), syllables(2)])

    job, pcm = enrolled(audio, packet=packet).complete(1)

    assert (job.speech_seconds, pcm) == (
        enrolled(audio).complete(1)[0].speech_seconds,
        enrolled(audio).complete(1)[1],
    )


def test_the_job_says_whose_voice_it_is_and_how_much_of_it_there_is() -> None:
    job, pcm = enrolled(silence(1), syllables(4)).complete(7)

    assert (job.session_id, job.utterance_id, job.speaker_id, job.name) == ("s", 7, 3, "지우")
    assert job.audio_key == "audio:s:7"
    assert 3 < job.speech_seconds <= 4
    assert len(pcm) / 2 / RATE == pytest.approx(5, abs=0.03)


def test_words_minutes_apart_are_all_kept() -> None:
    words = [syllables(1, seed) for seed in range(5)]
    pauses = [silence(50)] * 5
    talk = [part for pair in zip(words, pauses, strict=True) for part in pair]

    job, pcm = enrolled(*talk, packet=64_000).complete(1)

    assert job.speech_seconds > NEEDED_SPEECH_S
    assert job.speech_seconds < len(pcm) / 2 / RATE <= MAX_AUDIO_S
    heard = np.frombuffer(pcm, "<i2").astype(np.float64)
    said = sum(
        float(np.square(np.frombuffer(to_pcm(word), "<i2").astype(float)).sum()) for word in words
    )
    assert float(np.square(heard).sum()) == pytest.approx(said, rel=0.01)


def test_speech_without_an_end_keeps_its_latest_minute_and_counts_only_that() -> None:
    endless = enrolled(*[syllables(30, seed) for seed in range(5)], packet=64_000)

    job, pcm = endless.complete(1)

    assert len(pcm) / 2 / RATE == pytest.approx(MAX_AUDIO_S, abs=0.03)
    assert job.speech_seconds <= MAX_AUDIO_S


def test_of_a_recording_without_speech_the_end_stays() -> None:
    _, pcm = enrolled(silence(150), packet=64_000).complete(1)

    assert len(pcm) / 2 / RATE == pytest.approx(MAX_AUDIO_S, abs=0.03)


def test_a_margin_stays_around_speech() -> None:
    margin = round(MARGIN_S / 0.03)
    voiced = [False] * 100 + [True] + [False] * 100 + [True]

    kept = frames_to_keep(voiced)

    assert kept.tolist() == [
        *range(100 - margin, 100 + margin + 1),
        *range(201 - margin, 202),
    ]


def test_progress_is_told_twice_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(enrolment, "time", clock)
    fresh = Enrolment("s", MESSAGE, Parameters())
    pcm = to_pcm(syllables(4))
    told = []
    for at in range(0, len(pcm), 4000):  # an eighth of a second
        told += list(fresh.feed(pcm[at : at + 4000]))
        clock.now += 0.125

    assert len(told) == 8
    seconds = [progress.speech_seconds for progress in told]
    assert seconds == sorted(seconds)
    assert {progress.needed_seconds for progress in told} == {NEEDED_SPEECH_S}
    assert fresh.progress().speech_seconds >= seconds[-1] > 2
