import json
import logging
from typing import Any

import pytest
import redis

from contract.names import PRINTS, answer_key, upload_key
from contract.speakers import Answer, Deleted, Identified, Refused, Registered, parse_answer
from diarization_worker.registry.answering import Respondent
from diarization_worker.registry.redis_store import RedisPrintStore
from diarization_worker.registry.registry import Registry
from tests.diarization_worker.registry.voices import (
    ANNA,
    axis,
    silence,
    stored_print,
    tone_models,
    voice,
    wav,
)
from worker_runtime.answers import ANSWER_TTL_S

UPLOAD, KEY = upload_key("q1", 0), answer_key("q1")


@pytest.fixture
def respondent(redis_client: redis.Redis) -> Respondent:
    registry = Registry(tone_models(), RedisPrintStore(redis_client))
    return Respondent(redis_client, registry)


def ask(respondent: Respondent, client: redis.Redis, **question: Any) -> Answer:
    respondent.respond(json.loads(json.dumps({"answer_key": KEY, "question": question})))
    assert 0 < int(client.ttl(KEY)) <= ANSWER_TTL_S  # type: ignore[arg-type]
    (answer,) = client.lrange(KEY, 0, -1)  # type: ignore[misc]
    client.delete(KEY)
    return parse_answer(answer)


def test_a_question_is_answered_where_it_is_awaited(
    respondent: Respondent, redis_client: redis.Redis
) -> None:
    redis_client.set(UPLOAD, wav(voice(ANNA, 4.0)))
    answer = ask(respondent, redis_client, op="register", speaker_id="a", uploads=[UPLOAD])
    assert isinstance(answer, Registered)
    redis_client.set(UPLOAD, wav(voice(ANNA, 4.0)))
    answer = ask(respondent, redis_client, op="identify", upload=UPLOAD)
    assert isinstance(answer, Identified)
    assert answer.speaker_id == "a"
    answer = ask(respondent, redis_client, op="delete", speaker_id="a")
    assert answer == Deleted(speaker_id="a")


@pytest.mark.parametrize("audio", [voice(ANNA, 4.0), silence(1.0)], ids=["used", "refused"])
def test_recordings_are_gone_once_they_were_heard(
    respondent: Respondent, redis_client: redis.Redis, audio: Any
) -> None:
    uploads = [upload_key("q1", 0), upload_key("q1", 1)]
    for key in uploads:
        redis_client.set(key, wav(audio))
    ask(respondent, redis_client, op="register", speaker_id="a", uploads=uploads)
    assert redis_client.exists(*uploads) == 0


@pytest.mark.parametrize(
    ("question", "code", "reason"),
    [
        ({"op": "show", "speaker_id": "b"}, "SPEAKER_UNKNOWN", "as b"),
        ({"op": "identify", "upload": UPLOAD}, "AUDIO_EXPIRED", "waited too long"),
        ({"op": "sing"}, "INVALID_MESSAGE", "question"),
        ({"op": "delete", "speaker_id": "../x"}, "INVALID_MESSAGE", "delete.speaker_id"),
    ],
)
def test_what_can_not_be_done_is_refused_with_a_reason(
    respondent: Respondent,
    redis_client: redis.Redis,
    question: dict[str, str],
    code: str,
    reason: str,
) -> None:
    answer = ask(respondent, redis_client, **question)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.retryable) == (code, False)
    assert reason in answer.message


def test_a_failure_nobody_thought_of_is_answered_and_logged_without_voices(
    respondent: Respondent,
    redis_client: redis.Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    RedisPrintStore(redis_client).write([stored_print("a", axis(ANNA))])
    redis_client.delete(PRINTS)
    redis_client.set(PRINTS, "no sorted set")
    with caplog.at_level(logging.DEBUG):
        answer = ask(respondent, redis_client, op="list")
    assert isinstance(answer, Refused)
    assert answer.code == "ENGINE_FAILED"
    assert "WRONGTYPE" not in answer.message
    assert "list failed" in caplog.text
    assert "WRONGTYPE" in caplog.text


def test_embeddings_are_never_logged(
    respondent: Respondent, redis_client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    sample = {"embedding": [0.123456] * 20, "speech_seconds": 3.0}
    fields = {"name": None, "encoder": "tones/one", "created": "x", "updated": "x"}
    stored = {"speaker_id": "a", **fields, "samples": [sample]}
    with caplog.at_level(logging.DEBUG):
        for prints in ([stored], [{**stored, "surprise": 1}]):
            answer = ask(respondent, redis_client, op="import", prints=prints)
            assert isinstance(answer, Refused)
            assert "0.123456" not in answer.message
    assert "0.123456" not in caplog.text
