import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from contract import errors
from contract.errors import SoriError
from contract.speakers import Refused, RefusedError
from gateway_service.errors import STATUS, problem_of

OF_SESSIONS = {
    "AUDIO_EXPIRED",
    "INVALID_PACKET",
    "LANGUAGE_UNSUPPORTED",
    "OVERLOADED",
    "SESSION_GONE",
    "SESSION_TAKEN_OVER",
    "TIMEOUT",
    "WORKER_LOST",
    "WRONG_STATE",
}
FAULTS = {"INTERNAL", "TRY_AGAIN", "ENGINE_FAILED", "JOB_TIMEOUT", "STORAGE_FULL"}


def test_every_code_that_a_request_can_meet_has_a_status() -> None:
    classes = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, SoriError)
    ]
    codes = {kind.code for kind in classes}
    assert len(codes) > 20
    assert codes - set(STATUS) - OF_SESSIONS - FAULTS == set()
    for kind in classes:
        status, problem = problem_of(kind("why"))
        assert (problem.code, problem.message) == (kind.code, "why")
        assert (
            kind.code in FAULTS | OF_SESSIONS
            or 400 <= status < 500
            or kind.retryable
            or status == 503
        )


@pytest.mark.parametrize(("code", "status"), [("SPEAKER_UNKNOWN", 404), ("NEW_HERE", 500)])
def test_a_worker_s_refusal_is_told_as_it_came(code: str, status: int) -> None:
    error = RefusedError(Refused(code=code, message="no", retryable=True))

    told, problem = problem_of(error)

    assert told == status
    assert (problem.code, problem.message, problem.retryable) == (code, "no", True)


def test_storage_that_is_away_is_no_fault_of_ours() -> None:
    status, problem = problem_of(RedisConnectionError("secret address"))

    assert (status, problem.code, problem.retryable) == (503, "NO_WORKER", True)
    assert "secret" not in problem.message


def test_what_nobody_expected_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        problem_of(ZeroDivisionError())
