from collections.abc import Callable

import numpy as np
import pytest
import redis

from contract.errors import AudioExpiredError
from contract.names import audio_key
from contract.values import Word
from contract.work import Enrolled, EnrolmentRefused, Stage
from diarization_worker.encoders.encoder import Audio
from diarization_worker.live.diarizer import Diarizer
from diarization_worker.live.voice_store import VoiceStore
from tests.diarization_worker.voices_of import ToneEncoder, pcm, tone
from tests.support.jobs import enrolment_job, speech_job, transcript

ANNA, BEN = 250, 850

Make = Callable[[dict[int, Audio]], Diarizer]


@pytest.fixture
def make(redis_client: redis.Redis) -> Make:
    """Makes a diarizer for audio by utterance id."""

    def diarizer(audios: dict[int, Audio]) -> Diarizer:
        stored = {audio_key("s1", i): pcm(audio) for i, audio in audios.items()}

        def fetch(key: str) -> bytes:
            if key not in stored:
                raise AudioExpiredError(key)
            return stored[key]

        return Diarizer(ToneEncoder(), VoiceStore(redis_client), fetch)

    return diarizer


def test_an_utterance_becomes_one_segment_of_one_speaker(make: Make) -> None:
    words = [
        Word(word="hello", start=1.25, end=1.5, confidence=0.9),
        Word(word="there", start=1.5, end=1.875, confidence=0.8),
    ]
    heard = transcript(speech_job(1)).model_copy(update={"words": words})
    attribution = make({1: tone(ANNA, 3.0)}).attribute(heard)
    (segment,) = attribution.segments
    assert (segment.segment_id, segment.text, segment.words) == ("1.1", "hello there", words)
    assert (segment.start, segment.end) == (1.25, 1.875)
    assert (segment.speaker_id, segment.speaker) == (0, "SPEAKER_00")
    assert attribution.language == "en"
    assert set(attribution.job.marks) == {"heard", "cut", "stt", Stage.DIARIZATION.value}


def test_an_utterance_in_which_the_speaker_changes_becomes_segments(
    make: Make, redis_client: redis.Redis
) -> None:
    audio = np.concatenate([tone(ANNA, 3.0), np.zeros(8_000, np.float32), tone(BEN, 2.5)])
    words = [
        Word(word="Are", start=1.0, end=3.0, confidence=0.9),
        Word(word="you?", start=3.0, end=4.4, confidence=0.9),
        Word(word="No.", start=4.3, end=6.9, confidence=0.9),
    ]
    job = speech_job(1).model_copy(update={"end": 7.0})
    heard = transcript(job, "Are you? No.").model_copy(update={"words": words})
    diarizer = make({1: audio})
    first, second = diarizer.attribute(heard).segments
    assert (first.segment_id, first.speaker_id, first.text) == ("1.1", 0, "Are you?")
    assert (second.segment_id, second.speaker_id, second.text) == ("1.2", 1, "No.")
    (verdict,) = VoiceStore(redis_client).read("s1").verdicts
    assert [turn.start for turn in verdict.turns] == pytest.approx([1.0, 4.5], abs=0.4)
    assert diarizer.attribute(heard).segments == [first, second]
    assert [v.seconds for v in VoiceStore(redis_client).read("s1").known] == pytest.approx(
        [3.0, 2.5], abs=0.5
    )


def test_without_words_the_segment_is_as_long_as_the_utterance(make: Make) -> None:
    (segment,) = make({1: tone(ANNA, 3.0)}).attribute(transcript(speech_job(1))).segments
    assert (segment.start, segment.end) == (1.0, 4.0)


def test_no_text_makes_no_segment_and_teaches_no_voice(
    make: Make, redis_client: redis.Redis
) -> None:
    attribution = make({1: tone(ANNA, 3.0)}).attribute(transcript(speech_job(1), text=" "))
    assert attribution.segments == []
    assert Stage.DIARIZATION.value in attribution.job.marks
    assert VoiceStore(redis_client).read("s1").known == ()


def test_a_task_that_runs_twice_says_the_same(make: Make, redis_client: redis.Redis) -> None:
    diarizer = make({1: tone(ANNA, 3.0), 2: tone(BEN, 3.0)})
    first = diarizer.attribute(transcript(speech_job(2)))
    diarizer.attribute(transcript(speech_job(1)))
    voices = VoiceStore(redis_client).read("s1")
    assert diarizer.attribute(transcript(speech_job(2))).segments == first.segments
    assert VoiceStore(redis_client).read("s1") == voices


@pytest.mark.parametrize("audios", [{}, {1: np.zeros(48_000, np.float32)}], ids=["gone", "silent"])
def test_text_without_usable_audio_goes_on_without_a_speaker(
    make: Make, audios: dict[int, Audio]
) -> None:
    (segment,) = make(audios).attribute(transcript(speech_job(1))).segments
    assert (segment.text, segment.speaker_id, segment.speaker) == ("hello there", None, None)


def test_an_enrolled_speaker_is_known_by_name(make: Make) -> None:
    diarizer = make({1: tone(ANNA, 5.0), 2: tone(ANNA, 3.0), 3: tone(BEN, 3.0)})
    enrolled = diarizer.enrol(enrolment_job(1, speaker_id=4, name="Anna"))
    assert isinstance(enrolled, Enrolled)
    assert 0.5 < enrolled.quality <= 1
    speakers = [diarizer.attribute(transcript(speech_job(i))).segments[0].speaker for i in (2, 3)]
    assert speakers == ["Anna", "SPEAKER_00"]


def test_a_refused_enrolment_leaves_no_voice(make: Make, redis_client: redis.Redis) -> None:
    mixed = np.concatenate([tone(ANNA, 3.2), tone(BEN, 3.2)])
    diarizer = make({1: mixed, 2: tone(ANNA, 5.0), 3: tone(ANNA, 5.0), 4: tone(BEN, 2.0)})
    outcomes = [diarizer.enrol(enrolment_job(i, speaker_id=i)) for i in (1, 2, 3, 4)]
    codes = [o.code if isinstance(o, EnrolmentRefused) else "enrolled" for o in outcomes]
    assert codes == ["several_voices", "enrolled", "same_as_other", "too_short"]
    assert [voice.speaker_id for voice in VoiceStore(redis_client).read("s1").known] == [2]
