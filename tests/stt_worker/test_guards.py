import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stt_worker.guards import (
    Attempt,
    best_attempt,
    compression_ratio,
    is_digital_silence,
    is_silence,
    loop_start,
    needs_fallback,
    trusted_length,
)


def attempt(text: str, avg_logprob: float = -0.3, no_speech_prob: float = 0.1) -> Attempt:
    return Attempt(text, (), avg_logprob, no_speech_prob)


@pytest.mark.parametrize(
    "text",
    [
        "thank you thank you thank you thank you thank you",
        "Thank you. Thank you! Thank you, thank you. THANK YOU.",
        "감사합니다. 감사합니다. 감사합니다. 감사합니다. 감사합니다.",
        "시청해 주셔서 감사합니다 " * 5,
        "ありがとうありがとうありがとうありがとうありがとう",
        "아아아아아아아아아아아아",
        "네 네 네 네 네 네 네 네 네 네",
        "I'm going to go to the store and I'm going to go to the store and " * 5,
    ],
)
def test_text_that_repeats_itself_is_a_loop(text: str) -> None:
    assert loop_start(text) == 0
    assert needs_fallback(attempt(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No, no, no, no, that's not what I said.",
        "네, 네, 네, 알겠습니다.",
        "Thank you, thank you, thank you very much.",
        "ha ha ha ha ha",
        "It costs 1,000,000 dollars, call 555 0000.",
        "감사합니다, 정말 감사합니다, 감사합니다.",
        "And so my fellow Americans ask not what your country can do for you, "
        "ask what you can do for your country.",
    ],
)
def test_what_people_really_say_is_no_loop(text: str) -> None:
    assert loop_start(text) is None
    assert not needs_fallback(attempt(text))


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        ("See you tomorrow. ", "thank you "),
        ("See you. ", "Thank you. "),
        ("I see you, ", "thank you, "),
        ("내일 봬요. ", "감사합니다. "),
        ("오늘도 ", "감사합니다 "),
        ("She said ah ", "ha" * 12),
    ],
)
def test_what_was_said_before_a_loop_is_kept(said: str, repeated: str) -> None:
    looping = attempt(said + repeated * 12)
    assert looping.text[: trusted_length(looping)] == said


def test_silence_is_doubt_about_speech_together_with_doubt_about_the_text() -> None:
    assert is_silence(attempt("Thanks for watching!", avg_logprob=-1.2, no_speech_prob=0.9))
    assert not is_silence(attempt("Yes.", avg_logprob=-0.2, no_speech_prob=0.9))
    assert not is_silence(attempt("Yes.", avg_logprob=-1.2, no_speech_prob=0.2))


def test_silence_is_not_tried_again_and_yields_nothing() -> None:
    silence = attempt("Thanks for watching!", avg_logprob=-1.2, no_speech_prob=0.9)
    assert not needs_fallback(silence)
    assert trusted_length(silence) == 0


@pytest.mark.parametrize("text", ["...", "♪♪♪", " - ", ""])
def test_text_without_a_letter_yields_nothing(text: str) -> None:
    assert trusted_length(attempt(text)) == 0


def test_low_probability_and_high_compression_call_for_another_attempt() -> None:
    assert needs_fallback(attempt("a guess", avg_logprob=-1.01))
    assert not needs_fallback(attempt("a guess", avg_logprob=-0.99))
    repeating = "we go to the shop, then we go to the shop; now we go to the shop, oh " * 4
    assert compression_ratio(repeating) > 2.4
    assert needs_fallback(attempt(repeating))


def test_the_first_passing_attempt_wins() -> None:
    failing, passing = attempt("one", -1.5), attempt("two", -0.9)
    assert best_attempt([failing, passing]) is passing


def test_of_failing_attempts_a_loop_is_the_last_resort() -> None:
    loop, unsure, surer = attempt("thank you " * 9, -0.1), attempt("b", -2.0), attempt("c", -1.5)
    assert best_attempt([loop, unsure, surer]) is surer
    assert best_attempt([loop]) is loop


@given(st.text(max_size=200))
def test_any_text_can_be_judged(text: str) -> None:
    start = loop_start(text)
    assert start is None or 0 <= start < len(text)
    assert 0 <= trusted_length(attempt(text)) <= len(text)


def test_digital_silence_is_only_what_nobody_could_have_spoken() -> None:
    assert is_digital_silence(np.zeros(16_000, np.float32))
    whisper = np.full(16_000, 0.001, np.float32)  # -60 dBFS
    assert not is_digital_silence(whisper)
