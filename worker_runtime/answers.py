"""Answers to questions that a gateway asked: where they go, and what says no."""

from typing import Final

import redis

from contract.errors import SoriError
from contract.model import Message
from contract.speakers import Refused

ANSWER_TTL_S: Final = 60
"""How long an answer waits for the one who asked, seconds."""


def put_answer(client: redis.Redis, answer_key: str, answer: Message) -> None:
    """Put an answer where it is awaited."""
    with client.pipeline(transaction=True) as pipe:
        pipe.rpush(answer_key, answer.model_dump_json())
        pipe.expire(answer_key, ANSWER_TTL_S)
        pipe.execute()


def refused(error: SoriError) -> Refused:
    """The answer that tells of an error."""
    return Refused(code=error.code, message=str(error), retryable=error.retryable)
