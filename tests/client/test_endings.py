import pytest

from client.endings import closed, refused
from client.errors import ConnectionLostError, NotSoriError, PolicyError, TooLargeError
from contract.errors import (
    InvalidMessageError,
    ServerTooBusyError,
    SessionGoneError,
    UnauthorizedError,
)


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (4401, "", UnauthorizedError),
        (4404, "", SessionGoneError),
        (4499, "", PolicyError),
        (1003, "", InvalidMessageError),
        (1008, "", PolicyError),
        (1009, "", TooLargeError),
        (1013, "", ServerTooBusyError),
        (1008, "slow: nothing was read for 10 s", ConnectionLostError),
        (1000, "", ConnectionLostError),
        (1001, "", ConnectionLostError),
        (1006, "", ConnectionLostError),
        (1011, "", ConnectionLostError),
        (1012, "", ConnectionLostError),
        (4408, "", ConnectionLostError),
    ],
)
def test_close_codes(code: int, reason: str, kind: type[Exception]) -> None:
    error = closed(code, reason)
    assert type(error) is kind
    assert reason in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, UnauthorizedError),
        (403, UnauthorizedError),
        (404, NotSoriError),
        (200, NotSoriError),
        (502, ConnectionLostError),
        (503, ConnectionLostError),
    ],
)
def test_http_answers(status: int, kind: type[Exception]) -> None:
    error = refused(status, "ws://host/ws")
    assert type(error) is kind
    assert str(status) in str(error)
