import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

import pytest
import redis

from contract.names import voices_key
from contract.redis_clients import connect
from contract.work import Correction, Segment
from diarization_worker.live.attribution import attribute
from diarization_worker.live.voice_store import KEEP_S, VoiceStore
from diarization_worker.live.voices import Sample, Turn, Verdict, Voice, Voices, pack
from tests.diarization_worker.live.voices_of import ANNA, BEN, CALIBRATION, CARL, hearing
from tests.support.jobs import speech_job, transcript


def verdict(utterance_id: int) -> Verdict:
    return Verdict(utterance_id, (Turn(1.0, 2.5, 0, "SPEAKER_00"),))


def remember(utterance_id: int, voices: Voices) -> tuple[Voices, int]:
    return voices.with_verdict(verdict(utterance_id)), utterance_id


def test_voices_come_back_as_they_were(redis_client: redis.Redis) -> None:
    store = VoiceStore(redis_client)
    corrections = (Correction(segment_ids=["1.1"], speaker_id=2, speaker="민지"),)
    sample = Sample(2, 0, pack(BEN), 2.5, 1.0, 3.5, None, ("2.1", "2.3"), corrections=1)
    voices = Voices(
        encoder="campplus/embedded",
        enrolled=(Voice(2, "민지", pack(ANNA), 4.25),),
        faded=(Voice(0, None, pack(BEN), 40.0),),
        verdicts=(
            verdict(1),
            Verdict(2, (Turn(1.0, 3.5, None, None, sample=0),), corrections, (sample,)),
        ),
    )
    store.update("s1", lambda before: (voices, None))
    assert store.read("s1") == voices
    assert store.read("s2") == Voices()


def test_the_key_lives_for_a_day_or_as_long_as_the_session(redis_client: redis.Redis) -> None:
    store = VoiceStore(redis_client)
    store.update("s1", partial(remember, 1))
    assert KEEP_S - 5 < redis_client.ttl(voices_key("s1")) <= KEEP_S
    redis_client.expire(voices_key("s1"), 100)
    store.update("s1", partial(remember, 2))
    assert 95 < redis_client.ttl(voices_key("s1")) <= 100


def test_no_update_is_lost_among_many_workers(redis_url: str) -> None:
    workers = [VoiceStore(connect(redis_url)) for _ in range(4)]

    def work(utterance_id: int) -> int:
        return workers[utterance_id % 4].update("s1", partial(remember, utterance_id))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(1, 101))) == list(range(1, 101))
    assert [v.utterance_id for v in workers[0].read("s1").verdicts] == list(range(1, 101))


def test_a_change_is_made_again_when_another_worker_was_faster(redis_url: str) -> None:
    store, rival = VoiceStore(connect(redis_url)), VoiceStore(connect(redis_url))
    seen = []

    def slow(voices: Voices) -> tuple[Voices, int]:
        seen.append(len(voices.verdicts))
        if len(seen) == 1:
            rival.update("s1", partial(remember, 1))
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


PEOPLE = (ANNA, BEN, CARL)


def speak(
    utterance_id: int, voices: Voices
) -> tuple[Voices, tuple[tuple[Segment, ...], tuple[Correction, ...]]]:
    """Anna, Ben and Carl in turn, every fourth time with a short word only."""
    seconds = 0.6 if utterance_id % 4 == 1 else 3.0
    said = transcript(
        speech_job(utterance_id, num_speakers=3).model_copy(
            update={"start": 10.0 * utterance_id, "end": 10.0 * utterance_id + seconds}
        )
    )
    heard = hearing((PEOPLE[utterance_id % 3], seconds))
    after, told = attribute(voices, said, heard, CALIBRATION)
    return after, (told.segments, told.corrections)


def worker(
    redis_url: str, session_id: str, utterance_ids: list[int]
) -> list[tuple[tuple[Segment, ...], tuple[Correction, ...]]]:
    """A process that hears some utterances of a session."""
    store = VoiceStore(connect(redis_url))
    return [store.update(session_id, partial(speak, i)) for i in utterance_ids]


def in_the_end(
    told: list[tuple[tuple[Segment, ...], tuple[Correction, ...]]],
) -> dict[str, int | None]:
    speakers = {s.segment_id: s.speaker_id for segments, _ in told for s in segments}
    for _, corrections in told:
        for correction in corrections:
            speakers |= dict.fromkeys(correction.segment_ids, correction.speaker_id)
    return speakers


def test_two_workers_at_once_do_what_one_would_have_done(redis_url: str) -> None:
    """200 utterances, each tried by both: nobody is taken for another, nothing told twice."""
    count = 200
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, context) as pool:
        ids = list(range(1, count + 1))
        one = pool.submit(worker, redis_url, "s1", ids)
        other = pool.submit(worker, redis_url, "s1", ids)
        told, again = one.result(), other.result()
    assert told == again
    alone = worker(redis_url, "s2", ids)
    assert told == alone
    store = VoiceStore(connect(redis_url))
    assert store.read("s1") == store.read("s2")


def test_two_workers_with_half_of_the_utterances_each_agree_who_is_who(redis_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, context) as pool:
        odd = pool.submit(worker, redis_url, "s1", list(range(1, 201, 2)))
        even = pool.submit(worker, redis_url, "s1", list(range(2, 201, 2)))
        told = [*odd.result(), *even.result()]
    settled = in_the_end(told)
    assert len(settled) == 200
    labels = [{settled[f"{i}.1"] for i in range(1, 201) if i % 3 == who} for who in range(3)]
    assert sorted(map(len, labels)) == [1, 1, 1]
    assert set().union(*labels) == {0, 1, 2}


def test_sessions_know_nothing_of_each_others_voices(redis_url: str) -> None:
    """Somebody else begins each session, all of them at once: each is its first speaker."""
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(worker, redis_url, f"s{n}", [4 * n + 2]) for n in range(8)]
        told = [job.result() for job in jobs]
    assert [[s.speaker_id for s in segments] for ((segments, _),) in told] == [[0]] * 8
    store = VoiceStore(connect(redis_url))
    assert [len(list(store.read(f"s{n}").samples())) for n in range(8)] == [1] * 8
