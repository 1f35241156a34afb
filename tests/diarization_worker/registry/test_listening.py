import numpy as np
import pytest

from contract.errors import (
    AudioTooLongError,
    AudioUnreadableError,
    NoSpeechError,
    SeveralVoicesError,
    SpeechTooShortError,
)
from diarization_worker.encoders.encoder import Audio
from diarization_worker.registry.listening import (
    KEEP_S,
    check_founding,
    listen,
    voice_to_enrol,
    voice_to_identify,
)
from diarization_worker.registry.liveliness import is_lively
from diarization_worker.registry.prints import Recording
from diarization_worker.registry.steadiness import steadiness
from tests.diarization_worker.registry.voices import (
    ANNA,
    BEN,
    CALIBRATION,
    RATE,
    axis,
    silence,
    tone_models,
    voice,
    wav,
)
from tests.support.sounds import hum, syllables, white_noise
from worker_runtime.decoding import decode


def enrol(*pieces: Audio, keep: bool = False) -> Recording:
    models = tone_models()
    return voice_to_enrol(listen(wav(*pieces), models), models, keep=keep)


def test_the_voice_is_heard_without_what_is_around_it() -> None:
    recording = enrol(silence(1.0), voice(ANNA, 2.0), silence(2.0), voice(ANNA, 1.5))
    assert recording.embedding @ axis(ANNA) > 0.95
    assert recording.seconds == pytest.approx(3.5, abs=0.3)
    assert recording.audio is None


def test_speech_that_is_kept_is_that_voices_alone_and_bounded() -> None:
    kept = enrol(silence(1.0), voice(ANNA, 3.0), silence(2.0), voice(BEN, 0.5), keep=True).audio
    assert kept is not None
    samples = decode(kept, longest_s=60)
    assert len(samples) / RATE == pytest.approx(3.0, abs=0.3)
    (embedding,) = tone_models().embed([samples])
    assert embedding @ axis(ANNA) > 0.95
    long = enrol(voice(ANNA, 2 * KEEP_S), keep=True).audio
    assert long is not None
    assert len(decode(long, longest_s=60)) == KEEP_S * RATE


def test_two_voices_are_not_enrolled_but_a_word_of_another_does_no_harm() -> None:
    with pytest.raises(SeveralVoicesError):
        enrol(voice(ANNA, 3.0), silence(0.5), voice(BEN, 2.0))
    recording = enrol(voice(ANNA, 3.0), silence(0.5), voice(BEN, 0.6))
    assert recording.embedding @ axis(ANNA) > 0.9


def test_a_voice_that_turns_into_another_is_not_enrolled_though_the_net_hears_one() -> None:
    models = tone_models()
    other = voice(ANNA, 3.0, among=range(4, 12), share=0.87)
    heard = listen(wav(voice(ANNA, 3.0), other), models)
    assert len(heard.hearing.voices) == 1
    with pytest.raises(SeveralVoicesError):
        voice_to_enrol(heard, models, keep=False)


def test_steadiness_is_of_the_most_telling_moment() -> None:
    alike = [axis(ANNA)] * 6
    itself = CALIBRATION.similarity(axis(ANNA), 1.0, axis(ANNA), 1.0)
    assert steadiness(alike, CALIBRATION) == pytest.approx(itself, abs=1e-4)
    assert steadiness([axis(ANNA)] * 5 + [axis(BEN)], CALIBRATION) < 0.3
    assert steadiness(alike[:2], CALIBRATION) == steadiness([], CALIBRATION) == 1


def test_the_foremost_voice_is_identified_only_where_it_is_foremost() -> None:
    models = tone_models()
    heard = listen(wav(voice(BEN, 0.8), silence(0.5), voice(ANNA, 4.0)), models)
    assert voice_to_identify(heard).embedding @ axis(ANNA) > 0.9
    heard = listen(wav(voice(BEN, 2.0), silence(0.5), voice(ANNA, 4.0)), models)
    with pytest.raises(SeveralVoicesError, match="none above all"):
        voice_to_identify(heard)


@pytest.mark.parametrize("use", ["enrol", "identify"])
def test_a_moment_of_speech_tells_nothing(use: str) -> None:
    models = tone_models()
    heard = listen(wav(silence(1.0), voice(ANNA, 0.4), silence(1.0)), models)
    with pytest.raises(SpeechTooShortError, match=r"0\.\d s of speech are too little"):
        voice_to_identify(heard) if use == "identify" else voice_to_enrol(heard, models, keep=False)


def test_a_second_of_speech_is_enough_to_identify_and_too_little_to_found_a_print() -> None:
    models = tone_models()
    heard = listen(wav(voice(ANNA, 1.0)), models)
    assert voice_to_identify(heard).seconds == pytest.approx(1.0, abs=0.1)
    recording = voice_to_enrol(heard, models, keep=False)
    with pytest.raises(SpeechTooShortError, match="2 s needed"):
        check_founding([recording])
    check_founding([recording] * 3)


def test_silence_is_nobody() -> None:
    with pytest.raises(NoSpeechError, match="nobody speaks"):
        enrol(silence(3.0))


def test_what_can_not_be_decoded_is_refused() -> None:
    with pytest.raises(AudioUnreadableError):
        listen(b"hello", tone_models())
    with pytest.raises(AudioTooLongError, match="120 s"):
        listen(wav(silence(121)), tone_models())


def test_a_chord_that_never_changes_is_nobody_even_if_the_net_hears_a_voice() -> None:
    times = np.arange(4 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * hertz * times) for hertz in (900, 1100, 1300)) / 10
    assert isinstance(chord, np.ndarray)
    with pytest.raises(NoSpeechError, match="steady tone"):
        enrol(chord.astype(np.float32))


def test_what_stays_the_same_is_not_lively_however_loud_or_quiet() -> None:
    times = np.arange(3 * RATE) / RATE
    triad = np.sin(2 * np.pi * 277 * times) + np.sin(2 * np.pi * 330 * times)
    tremolo = triad * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * times))
    noise = [white_noise(seconds, level) for seconds in (0.5, 3.0) for level in (0.003, 0.3)]
    for steady in (triad, tremolo, hum(3.0), *noise, np.zeros(RATE), np.zeros(5)):
        assert not is_lively(steady.astype(np.float32))
    speech = syllables(3.0)
    for lively in (speech, 0.1 * speech, speech + white_noise(3.0, 0.02)):
        assert is_lively(lively.astype(np.float32))
