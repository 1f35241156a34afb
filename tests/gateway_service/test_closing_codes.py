import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from contract.errors import (
    ServerTooBusyError,
    SessionGoneError,
    SessionTakenOverError,
    UnauthorizedError,
)
from gateway_service.websocket import Hangup, ending


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Hangup(1003, "odd"), 1003),
        (UnauthorizedError("no key"), 4401),
        (SessionGoneError("gone"), 4404),
        (SessionTakenOverError("elsewhere"), 1008),
        (ServerTooBusyError("full"), 1013),
        (RedisConnectionError("away"), 1011),
        (ZeroDivisionError("secret"), 1011),
    ],
)
def test_each_ending_has_its_code_also_out_of_a_group(error: Exception, code: int) -> None:
    assert ending(error)[0] == code
    assert ending(ExceptionGroup("tasks", [error])) == ending(error)
    assert "secret" not in ending(error)[1]
