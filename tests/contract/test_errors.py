import pytest

from contract.errors import is_retryable


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("TIMEOUT", True),
        ("NO_WORKER", True),
        ("SPEAKER_UNKNOWN", False),
        ("INTERNAL", False),
        ("never heard of", False),
    ],
)
def test_a_code_tells_whether_trying_again_helps(code: str, retryable: bool) -> None:
    assert is_retryable(code) is retryable
