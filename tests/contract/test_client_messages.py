import pytest

from contract.client_messages import StartTranscription, parse_client_message
from contract.errors import InvalidMessageError


def test_a_message_becomes_its_type() -> None:
    message = parse_client_message('{"type": "start_transcription", "language": "ko"}')

    assert message == StartTranscription(language="ko")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "message: Invalid JSON"),
        ("[]", "message: "),
        ("{}", "type: "),
        ('{"type": "sing"}', "type: .*'sing'"),
        ('{"type": "start_speaker_registration"}', "speaker_id: Field required"),
        (
            '{"type": "start_speaker_registration", "speaker_id": -1}',
            r"speaker_id: .* 0 \(got -1\)",
        ),
        ('{"type": "keepalive", "why": 1}', r"why: .*\(got 1\)"),
    ],
)
def test_what_is_wrong_is_named(text: str, complaint: str) -> None:
    with pytest.raises(InvalidMessageError, match=complaint):
        parse_client_message(text)
