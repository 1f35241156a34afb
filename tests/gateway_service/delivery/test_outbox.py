import asyncio
import json
import time
from datetime import UTC, datetime

import pytest

from contract.event_log import StoredEvent
from contract.events import Partial
from gateway_service.delivery.outbox import MAX_PASSING, Outbox


class Log:
    """Holds events as the event log does."""

    def __init__(self, *events: dict[str, object]) -> None:
        self.events = [
            StoredEvent(number, json.dumps({"event_id": number, **event}))
            for number, event in enumerate(events, 1)
        ]

    async def read_after(self, session_id: str, event_id: int) -> list[StoredEvent]:
        return [event for event in self.events if event.event_id > event_id][:2]


def partial(utterance_id: int, text: str = "so") -> Partial:
    return Partial(session_id="s", utterance_id=utterance_id, text=text, stable_chars=0)


async def delivered(outbox: Outbox) -> list[dict[str, object]]:
    """What is sent until the session's last event."""
    sent: list[dict[str, object]] = []

    async def send(text: str) -> None:
        sent.append(json.loads(text))

    async def caught_up() -> None:
        pass

    async with asyncio.timeout(5):
        await outbox.deliver(send, caught_up)
    return sent


END = {"type": "session_ended"}
FAILED = {"type": "utterance_failed", "utterance_id": 1}


async def test_events_come_in_order_from_where_the_client_stands() -> None:
    log = Log({"type": "a"}, {"type": "b"}, {"type": "c"}, {"type": "d"}, END)

    sent = await delivered(Outbox("s", log, 2))  # type: ignore[arg-type]

    assert [event["event_id"] for event in sent] == [3, 4, 5]


async def test_of_passing_events_the_newest_are_kept() -> None:
    outbox = Outbox("s", Log(END), 0)  # type: ignore[arg-type]
    for number in range(MAX_PASSING + 10):
        outbox.push(partial(1, str(number)))

    sent = await delivered(outbox)

    assert [event["text"] for event in sent[:-1]] == [str(n) for n in range(10, MAX_PASSING + 10)]
    assert "event_id" not in sent[0]


async def test_interim_text_never_follows_the_utterances_answer() -> None:
    outbox = Outbox("s", Log(FAILED, END), 0)  # type: ignore[arg-type]
    sent: list[dict[str, object]] = []

    async def send(text: str) -> None:
        sent.append(json.loads(text))
        if len(sent) == 1:
            outbox.push(partial(1))
            outbox.push(partial(2))
            raise asyncio.CancelledError

    async def caught_up() -> None:
        pass

    with pytest.raises(asyncio.CancelledError):
        await outbox.deliver(send, caught_up)
    await outbox.deliver(send, caught_up)

    assert [(e["type"], e.get("utterance_id")) for e in sent[1:]] == [
        ("partial", 2),
        ("utterance_failed", 1),
        ("session_ended", None),
    ]


async def test_latency_runs_up_to_the_sending() -> None:
    heard = datetime.fromtimestamp(time.time() - 2, UTC).isoformat()
    parts = {"total": 100.0, "endpointing": 60.0, "stt": 30.0, "delivery": 10.0}
    log = Log(
        {"type": "transcription", "utterance_id": 1, "timestamp": heard, "latency_ms": parts}, END
    )

    (said, _) = await delivered(Outbox("s", log, 0))  # type: ignore[arg-type]

    latency = said["latency_ms"]
    assert isinstance(latency, dict)
    assert latency["total"] == pytest.approx(2000, abs=200)
    assert latency["delivery"] == pytest.approx(latency["total"] - 90, abs=0.2)
