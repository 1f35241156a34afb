from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import redis

from contract.names import voices_key
from contract.redis_clients import connect
from diarization_worker.encoders.encoder import Calibration
from diarization_worker.live.assignment import Piece, Sample, attribute
from diarization_worker.live.voice_store import KEEP_S, VoiceStore
from diarization_worker.live.voices import Turn, Verdict, Voice, Voices

CALIBRATION = Calibration(noise_seconds=0.0, stranger=0.5, minimum_seconds=1.0)


def verdict(utterance_id: int, speaker_id: int | None, speaker: str | None) -> Verdict:
    return Verdict(utterance_id, (Turn(1.0, 2.5, speaker_id, speaker),))


def remember(utterance_id: int, voices: Voices) -> tuple[Voices, int]:
    return voices.with_verdict(verdict(utterance_id, 0, "SPEAKER_00")), utterance_id


def test_voices_come_back_as_they_were(redis_client: redis.Redis) -> None:
    store = VoiceStore(redis_client)
    voices = Voices(
        known=(Voice(2, "민지", enrolled=True, centroid=(0.6, 0.8), seconds=4.25),),
        verdicts=(verdict(1, None, None), verdict(2, 2, "민지")),
    )
    store.update("s1", lambda before: (voices, None))
    assert store.read("s1") == voices
    assert store.read("s2") == Voices()


def test_the_key_lives_for_a_day_or_as_long_as_the_session(redis_client: redis.Redis) -> None:
    store = VoiceStore(redis_client)
    store.update("s1", lambda voices: remember(1, voices))
    assert KEEP_S - 5 < redis_client.ttl(voices_key("s1")) <= KEEP_S
    redis_client.expire(voices_key("s1"), 100)
    store.update("s1", lambda voices: remember(2, voices))
    assert 95 < redis_client.ttl(voices_key("s1")) <= 100


def test_no_update_is_lost_among_many_workers(redis_url: str) -> None:
    workers = [VoiceStore(connect(redis_url)) for _ in range(4)]

    def work(utterance_id: int) -> int:
        worker = workers[utterance_id % len(workers)]
        return worker.update("s1", lambda voices: remember(utterance_id, voices))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(1, 101))) == list(range(1, 101))
    assert [v.utterance_id for v in workers[0].read("s1").verdicts] == list(range(1, 101))


def test_a_change_is_made_again_when_another_worker_was_faster(redis_url: str) -> None:
    store, rival = VoiceStore(connect(redis_url)), VoiceStore(connect(redis_url))
    seen = []

    def slow(voices: Voices) -> tuple[Voices, int]:
        seen.append(len(voices.verdicts))
        if len(seen) == 1:
            rival.update("s1", lambda before: remember(1, before))
        return remember(2, voices)

    assert store.update("s1", slow) == 2
    assert seen == [0, 1]
    assert [v.utterance_id for v in store.read("s1").verdicts] == [1, 2]


def test_a_failing_change_writes_nothing(redis_client: redis.Redis) -> None:
    def fail(voices: Voices) -> tuple[Voices, None]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        VoiceStore(redis_client).update("s1", fail)
    assert redis_client.exists(voices_key("s1")) == 0


def test_workers_that_hear_the_same_utterances_at_once_agree(redis_url: str) -> None:
    """Each utterance is tried by two workers: one speaker each, and centroids that moved once."""
    first, second = VoiceStore(connect(redis_url)), VoiceStore(connect(redis_url))
    axes = np.eye(2, dtype=np.float32)

    def hear(turn: tuple[VoiceStore, int]) -> tuple[int, int | None]:
        store, utterance_id = turn
        sample = Sample(axes[utterance_id % 2], 2.0)
        pieces = [Piece(0.0, 2.0, 0)]
        heard = store.update(
            "s1",
            lambda voices: attribute(voices, utterance_id, [sample], pieces, 2, 0.6, CALIBRATION),
        )
        return utterance_id, heard.turns[0].speaker_id

    turns = [(store, utterance_id) for utterance_id in range(1, 11) for store in (first, second)]
    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(hear, turns))
    assert len(answers) == 10
    by_voice = {parity: {who for i, who in answers if i % 2 == parity} for parity in (0, 1)}
    assert sorted(len(ids) for ids in by_voice.values()) == [1, 1]
    assert by_voice[0] != by_voice[1]
    assert [voice.seconds for voice in first.read("s1").known] == [10.0, 10.0]
