import logging
from collections.abc import Callable

import numpy as np
import pytest
import redis

from contract.errors import AudioExpiredError
from contract.names import audio_key
from contract.values import Word
from contract.work import Enrolled, EnrolmentRefused, Stage, Transcript
from diarization_worker.encoders.encoder import Audio
from diarization_worker.live.diarizer import Diarizer
from diarization_worker.live.voice_store import VoiceStore
from tests.diarization_worker.live.voices_of import ToneEncoder, models, pcm, silence, tone
from tests.support.jobs import enrolment_job, speech_job, transcript

ANNA, BEN, CARL = 250, 850, 1_450

Make = Callable[..., Diarizer]


class OtherEncoder(ToneEncoder):
    name = "others"


@pytest.fixture
def make(redis_client: redis.Redis) -> Make:
    """Makes a diarizer for audio by utterance id."""

    def diarizer(audios: dict[int, Audio], encoder: ToneEncoder | None = None) -> Diarizer:
        stored = {audio_key("s1", i): pcm(audio) for i, audio in audios.items()}

        def fetch(key: str) -> bytes:
            if key not in stored:
                raise AudioExpiredError(key)
            return stored[key]

        return Diarizer(models(encoder), VoiceStore(redis_client), fetch)

    return diarizer


def said(utterance_id: int, text: str = "hello there", seconds: float = 3.0) -> Transcript:
    """Utterances are 10 s apart."""
    start = 10.0 * utterance_id
    job = speech_job(utterance_id).model_copy(update={"start": start, "end": start + seconds})
    return transcript(job, text)


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


def test_an_utterance_in_which_the_speaker_changes_becomes_segments(make: Make) -> None:
    audio = np.concatenate([tone(ANNA, 3.0), silence(0.5), tone(BEN, 2.5)])
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
    assert diarizer.attribute(heard).segments == [first, second]


def test_no_text_makes_no_segment_and_teaches_no_voice(
    make: Make, redis_client: redis.Redis
) -> None:
    attribution = make({1: tone(ANNA, 3.0)}).attribute(said(1, text=" "))
    assert attribution.segments == []
    assert Stage.DIARIZATION.value in attribution.job.marks
    assert VoiceStore(redis_client).read("s1").verdicts == ()


def test_a_correction_travels_with_a_later_utterance_and_is_told_again(make: Make) -> None:
    diarizer = make({1: tone(ANNA, 0.6), 2: tone(ANNA, 4.0)})
    early = diarizer.attribute(said(1, seconds=0.6))
    assert [s.speaker_id for s in early.segments] == [None]
    later = diarizer.attribute(said(2))
    assert [s.speaker_id for s in later.segments] == [0]
    ((correction),) = later.corrections
    assert (correction.segment_ids, correction.speaker_id) == (["1.1"], 0)
    assert correction.speaker == "SPEAKER_00"
    assert diarizer.attribute(said(2)).corrections == later.corrections
    assert diarizer.attribute(said(1, seconds=0.6)).segments == early.segments


def test_a_task_that_runs_twice_says_the_same(make: Make, redis_client: redis.Redis) -> None:
    diarizer = make({1: tone(ANNA, 3.0), 2: tone(BEN, 3.0)})
    first = diarizer.attribute(said(2))
    diarizer.attribute(said(1))
    voices = VoiceStore(redis_client).read("s1")
    assert diarizer.attribute(said(2)).segments == first.segments
    assert VoiceStore(redis_client).read("s1") == voices


def test_text_without_its_audio_goes_on_without_a_speaker(make: Make) -> None:
    (segment,) = make({}).attribute(said(1)).segments
    assert (segment.text, segment.speaker_id, segment.speaker) == ("hello there", None, None)


def test_text_over_silence_goes_on_without_a_speaker(make: Make) -> None:
    (segment,) = make({1: silence(3.0)}).attribute(said(1)).segments
    assert (segment.text, segment.speaker_id, segment.speaker) == ("hello there", None, None)


def test_an_enrolled_speaker_is_known_by_name_and_a_stranger_by_none(make: Make) -> None:
    audios = {1: tone(ANNA, 5.0), 2: tone(BEN, 5.0)}
    diarizer = make(audios | {3: tone(ANNA, 3.0), 4: tone(CARL, 3.0), 5: tone(BEN, 3.0)})
    enrolled = diarizer.enrol(enrolment_job(1, speaker_id=4, name="Anna"))
    assert isinstance(enrolled, Enrolled)
    assert 0.5 < enrolled.quality <= 1
    diarizer.enrol(enrolment_job(2, speaker_id=0))
    speakers = [diarizer.attribute(said(i)).segments[0].speaker for i in (3, 4, 5)]
    assert speakers == ["Anna", None, "SPEAKER_00"]


def test_a_refused_enrolment_leaves_no_voice(make: Make, redis_client: redis.Redis) -> None:
    mixed = np.concatenate([tone(ANNA, 3.2), tone(BEN, 3.2)])
    diarizer = make({1: mixed, 2: tone(ANNA, 5.0), 3: tone(ANNA, 5.0), 4: tone(BEN, 1.0)})
    outcomes = [diarizer.enrol(enrolment_job(i, speaker_id=i)) for i in (1, 2, 3, 4)]
    codes = [o.code if isinstance(o, EnrolmentRefused) else "enrolled" for o in outcomes]
    assert codes == ["several_voices", "enrolled", "same_as_other", "too_short"]
    assert [v.speaker_id for v in VoiceStore(redis_client).read("s1").enrolled] == [2]


def test_a_speaker_who_enrols_again_after_speaking_is_known_by_the_new_name(make: Make) -> None:
    audios = {1: tone(ANNA, 5.0), 2: tone(ANNA, 3.0), 3: tone(ANNA, 5.0), 4: tone(ANNA, 3.0)}
    diarizer = make(audios)
    diarizer.enrol(enrolment_job(1, speaker_id=0, name="Ana"))
    assert diarizer.attribute(said(2)).segments[0].speaker == "Ana"
    assert isinstance(diarizer.enrol(enrolment_job(3, speaker_id=0, name="Anna")), Enrolled)
    assert diarizer.attribute(said(4)).segments[0].speaker == "Anna"


def test_voices_of_another_encoder_are_never_compared(
    make: Make, redis_client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    audios = {1: tone(ANNA, 5.0), 2: tone(ANNA, 3.0)}
    make(audios).enrol(enrolment_job(1, speaker_id=0, name="Anna"))
    before = VoiceStore(redis_client).read("s1")
    with caplog.at_level(logging.ERROR):
        (segment,) = make(audios, OtherEncoder()).attribute(said(2)).segments
    assert segment.speaker_id is None
    assert "others/none" in caplog.text
    assert VoiceStore(redis_client).read("s1") == before
    assert make(audios).attribute(said(2)).segments[0].speaker == "Anna"
