import json
from itertools import pairwise

import pytest

from contract.client_messages import ClientMessage, parse_client_message
from contract.events import ServerEvent, Transcription, parse_event
from gateway_service import websocket
from listener_service.books import PARTS
from scripts.protocol.__main__ import PAGE
from scripts.protocol.page import CLOSE_CODES, LATENCY_PARTS, protocol_page, read_exchange
from tests.docs.markdown import section

EXCHANGE = read_exchange(section(PAGE.read_text(), "An exchange"))


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text() == protocol_page(), "run: python -m scripts.protocol"


def test_every_message_has_its_section() -> None:
    page = PAGE.read_text()
    for heading, messages in (
        ("What the client says", ClientMessage),
        ("What the server says", ServerEvent),
    ):
        text = section(page, heading)
        for message in messages.__args__:
            assert f"### `{message.model_fields['type'].default}`" in text


def test_every_close_code_of_the_gateway_is_explained() -> None:
    codes = {v for v in vars(websocket).values() if type(v) is int and v >= 1000}
    assert codes
    assert codes <= set(CLOSE_CODES)


def test_every_part_of_the_latency_is_explained() -> None:
    assert set(LATENCY_PARTS) == set(PARTS)


def test_the_exchange_follows_the_protocol() -> None:
    said = [message for arrow, message in EXCHANGE if arrow == "→"]
    assert len(said) == 5
    for message in said:
        parse_client_message(json.dumps(message))
    events = [parse_event(json.dumps(message)) for arrow, message in EXCHANGE if arrow == "←"]
    assert [e.event_id for e in events if e.event_id] == list(range(1, 10))
    assert all((event.event_id is not None) == event.durable for event in events)
    assert len({event.session_id for event in events}) == 1
    assert events[-1].type == "session_ended"


def test_the_exchange_keeps_its_clocks() -> None:
    (spoken,) = [
        event
        for arrow, message in EXCHANGE
        if arrow == "←" and isinstance(event := parse_event(json.dumps(message)), Transcription)
    ]
    parts = dict(spoken.latency_ms)
    assert parts.pop("total") == pytest.approx(sum(parts.values()))
    assert list(parts) == list(PARTS[1:])
    assert " ".join(word.word for word in spoken.words) == spoken.text
    assert (spoken.words[0].start, spoken.words[-1].end) == (spoken.start, spoken.end)
    assert all(before.end <= after.start for before, after in pairwise(spoken.words))
