import json
import logging

import pytest

from client.errors import ConnectionLostError, EventsMissingError, NotSoriError
from client.reception import Reception
from contract.events import Transcription
from tests.client.gateway import event, started, transcription


def test_each_durable_event_comes_once() -> None:
    reception = Reception()
    frames = [started(1), transcription(2, 0), started(1), transcription(2, 0), transcription(3, 1)]
    taken = [reception.take(frame) for frame in frames]
    assert [e.event_id if e else None for e in taken] == [1, 2, None, None, 3]
    assert reception.last_event_id == 3


def test_passing_events_have_no_order() -> None:
    reception = Reception()
    frame = event("speech_started", utterance_id=1, time=0.5)
    assert reception.take(frame) == reception.take(frame) is not None
    assert reception.last_event_id == 0


def test_a_gap_asks_for_resuming_and_is_an_error_when_it_stays() -> None:
    reception = Reception()
    reception.take(started(1))
    with pytest.raises(ConnectionLostError, match="event 4 came where 2 was due"):
        reception.take(transcription(4, 0))
    with pytest.raises(EventsMissingError):
        reception.take(transcription(3, 0))


def test_another_gap_later_is_resumed_again() -> None:
    reception = Reception()
    with pytest.raises(ConnectionLostError):
        reception.take(transcription(2, 0))
    reception.take(started(1))
    with pytest.raises(ConnectionLostError):
        reception.take(transcription(3, 0))


def test_unknown_fields_of_a_newer_server_are_left_out() -> None:
    data = json.loads(transcription(1, 0))
    data["mood"] = "sunny"
    data["sentiment"]["arousal"] = 0.4
    data["words"] = [{"word": "a", "start": 0, "end": 1, "confidence": 1, "phones": ["x"]}]
    taken = Reception().take(json.dumps(data))
    assert isinstance(taken, Transcription)
    assert taken.words[0].word == "a"


def test_unknown_events_are_skipped_and_counted() -> None:
    reception = Reception()
    assert reception.take(event("weather", 1, sun=True)) is None
    assert reception.take(transcription(2, 0)) is not None


def test_an_event_that_makes_no_sense_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert Reception().take(event("speech_started", time="noon", utterance_id=1)) is None
    assert "skipped a speech_started event" in caplog.text


@pytest.mark.parametrize("frame", ["hello", "[]", "{}", '{"type": 1}'])
def test_what_is_no_event_is_another_protocol(frame: str) -> None:
    with pytest.raises(NotSoriError):
        Reception().take(frame)
