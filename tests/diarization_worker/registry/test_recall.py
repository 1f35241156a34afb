import pytest
import redis

from contract.errors import EncoderChangedError, SpeakerUnknownError
from contract.work import RecallJob
from diarization_worker.live.voice_store import VoiceStore
from diarization_worker.live.voices import Voices
from diarization_worker.registry.recall import recall
from diarization_worker.registry.redis_store import RedisPrintStore
from diarization_worker.registry.registry import Registry
from tests.diarization_worker.registry.voices import ANNA, BEN, axis, stored_print, tone_models


class Worker:
    def __init__(self, client: redis.Redis) -> None:
        self.prints = RedisPrintStore(client)
        self.voices = VoiceStore(client)
        self.models = tone_models()
        self._registry = Registry(self.models, self.prints)

    def recall(self, *speakers: str, session_id: str = "s1") -> list[tuple[int, float, float]]:
        job = RecallJob(session_id=session_id, utterance_id=1, speakers=list(speakers))
        outcome = recall(job, self._registry, self.voices, self.models)
        assert outcome.job == job
        return [(v.speaker_id, v.speech_seconds, v.quality) for v in outcome.voices]


@pytest.fixture
def worker(redis_client: redis.Redis) -> Worker:
    worker = Worker(redis_client)
    worker.prints.write([stored_print("anna", axis(ANNA)), stored_print("ben", *[axis(BEN)] * 3)])
    return worker


def test_voices_take_their_places_in_the_session_in_the_order_asked_for(worker: Worker) -> None:
    assert worker.recall("ben", "anna") == [
        (0, 12.0, pytest.approx(0.9, abs=0.05)),
        (1, 4.0, pytest.approx(0.7)),
    ]
    voices = worker.voices.read("s1")
    assert voices.encoder == worker.models.encoder_id
    assert [(v.speaker_id, v.seconds) for v in voices.enrolled] == [(0, 12.0), (1, 4.0)]
    for voice, band in zip(voices.enrolled, (BEN, ANNA), strict=True):
        assert voice.embedding @ axis(band) > 0.99


def test_voices_of_one_session_are_in_no_other(worker: Worker) -> None:
    worker.recall("anna", session_id="s1")
    assert worker.voices.read("s2") == Voices()


def test_asked_again_it_is_the_same(worker: Worker) -> None:
    worker.recall("ben", "anna")
    before = worker.voices.read("s1")
    worker.recall("ben", "anna")
    assert worker.voices.read("s1") == before


def test_all_are_recalled_or_none(worker: Worker) -> None:
    worker.prints.write([stored_print("old", axis(ANNA), encoder="tones/old")])
    with pytest.raises(SpeakerUnknownError, match="nobody"):
        worker.recall("anna", "nobody")
    with pytest.raises(EncoderChangedError, match=r"old.*registered anew"):
        worker.recall("anna", "old")
    assert worker.voices.read("s1") == Voices()
