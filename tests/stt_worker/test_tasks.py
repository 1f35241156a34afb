import numpy as np
import pytest

from contract.errors import EngineError
from contract.work import CUT, InterimJob, SpeechJob, Stage
from stt_worker.engine import Heard, HeardWord
from stt_worker.tasks import decode_pcm, hypothesis_of, transcript_of

JOB = SpeechJob(
    session_id="s",
    utterance_id=3,
    audio_key="audio:s:3",
    start=10.0,
    end=12.0,
    speech_start=10.3,
    speech_end=11.7,
    language="auto",
    prompt=None,
    num_speakers=2,
    similarity_threshold=0.6,
    marks={CUT: 1.0},
)


def test_word_times_move_to_the_session_clock_within_the_utterance() -> None:
    words = [HeardWord("a", -0.1, 0.5, 0.9), HeardWord("b", 1.5, 2.004, 0.8)]
    transcript = transcript_of(JOB, Heard("a b", words, "en", 0.7), now=5.0)
    assert [(word.start, word.end) for word in transcript.words] == [(10.0, 10.5), (11.5, 12.0)]
    assert (transcript.text, transcript.language, transcript.confidence) == ("a b", "en", 0.7)


def test_the_stage_leaves_its_mark_beside_the_others() -> None:
    transcript = transcript_of(JOB, Heard("", [], "en", 0.0), now=5.0)
    assert transcript.job.marks == {CUT: 1.0, Stage.STT: 5.0}
    assert JOB.marks == {CUT: 1.0}


def test_pcm_becomes_samples_from_minus_one_to_one() -> None:
    samples = decode_pcm(np.array([0, 16_384, -32_768, 32_767], "<i2").tobytes())
    assert samples.dtype == np.float32
    assert samples.tolist() == [0, 0.5, -1, pytest.approx(1, abs=1e-4)]
    with pytest.raises(EngineError, match="3 bytes"):
        decode_pcm(b"abc")


@pytest.mark.parametrize(
    ("text", "language", "words", "joiner"),
    [
        ("안녕하세요, 반갑습니다.", "ko", ["안녕하세요,", "반갑습니다."], " "),
        ("こんにちは。", "ja", list("こんにちは。"), ""),
        ("", "en", [], " "),
    ],
)
def test_a_hypothesis_is_cut_as_its_language_is_written(
    text: str, language: str, words: list[str], joiner: str
) -> None:
    job = InterimJob(session_id="s", utterance_id=3, audio_key="k", language="auto", prompt=None)
    hypothesis = hypothesis_of(job, Heard(text, [], language, 0.5))
    assert (hypothesis.words, hypothesis.joiner) == (words, joiner)
    assert hypothesis.utterance_id == 3
