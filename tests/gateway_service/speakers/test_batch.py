from typing import Any

import httpx
import pytest

from gateway_service.speakers.batch import run
from gateway_service.speakers.bodies import BatchBody
from gateway_service.speakers.uploads import Intake
from tests.gateway_service.speakers.answering import BROKEN
from tests.gateway_service.speakers.test_routes import in_base64


class Mute:
    """Stands for a registry that nobody may ask."""

    async def ask(self, question: object, kind: object) -> None:
        raise AssertionError("there was no time to ask")


async def batch(http: httpx.AsyncClient, *operations: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await http.post("/batch", json={"operations": operations})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def test_operations_are_done_in_their_order(http: httpx.AsyncClient) -> None:
    identify = {"op": "identify", "audio_base64": in_base64("jiwoo")}
    results = await batch(
        http,
        identify,
        {"op": "register", "speaker_id": "jiwoo", "audio_base64": in_base64("jiwoo")},
        identify,
        {"op": "delete", "speaker_id": "jiwoo"},
        identify,
    )

    assert [(r["op"], r["status"], r["error"]) for r in results] == [
        (op, 200, None) for op in ("identify", "register", "identify", "delete", "identify")
    ]
    assert [results[i]["result"]["known"] for i in (0, 2, 4)] == [False, True, False]
    assert results[1]["result"]["voice_print"]["speaker_id"] == "jiwoo"
    assert results[3]["result"]["speaker_id"] == "jiwoo"


async def test_one_that_fails_does_not_stop_the_rest(http: httpx.AsyncClient) -> None:
    results = await batch(
        http,
        {"op": "delete", "speaker_id": "nobody"},
        {"op": "identify", "audio_base64": "####"},
        {"op": "identify", "audio_base64": in_base64("x"), "threshold": 2},
        {"op": "sing"},
        {},
        {"op": "delete", "speaker_id": BROKEN},
        {"op": "identify", "audio_base64": "A" * 4 * 350_000},
        {"op": "register", "speaker_id": "last", "audio_base64": in_base64("last")},
    )

    assert [(r["status"], (r["error"] or {}).get("code")) for r in results] == [
        (404, "SPEAKER_UNKNOWN"),
        (422, "INVALID_MESSAGE"),
        (422, "INVALID_MESSAGE"),
        (422, "INVALID_MESSAGE"),
        (422, "INVALID_MESSAGE"),
        (500, "INTERNAL"),
        (413, "TOO_LARGE"),
        (200, None),
    ]
    assert "audio_base64.0: Input should be base64" in results[1]["error"]["message"]
    assert results[7]["result"]["voice_print"]["speaker_id"] == "last"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"operations": []}, "operations: List should have at least 1 item"),
        ({"operations": [{"op": "delete"}] * 101}, "operations: List should have at most 100"),
        ({"operations": [7]}, "operations.0: Input should be"),
        ({}, "operations: Field required"),
        ({"operations": [{}], "atomic": True}, "atomic: Extra inputs"),
    ],
)
async def test_a_batch_that_is_none_is_refused_whole(
    http: httpx.AsyncClient, body: dict[str, Any], complaint: str
) -> None:
    answer = await http.post("/batch", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_MESSAGE")
    assert complaint in answer.json()["message"]


async def test_what_a_batch_has_no_time_for_is_said() -> None:
    body = BatchBody(operations=[{"op": "delete", "speaker_id": "a"}, {"op": "identify"}])

    done = await run(body, Mute(), Intake(1, 1), patience=-1)  # type: ignore[arg-type]

    assert [(r.op, r.status) for r in done.results] == [("delete", 503), ("identify", 503)]
    assert {r.error and r.error.message for r in done.results} == {
        "the operations before it took too long"
    }
