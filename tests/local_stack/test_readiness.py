from local_stack.readiness import NO_ANSWER, OK, describe_awaited


def test_a_silent_gateway_is_awaited_first() -> None:
    assert describe_awaited([(503, {"stt": "no worker"}), (NO_ANSWER, {})]) == "gateway"


def test_the_missing_parts_are_named() -> None:
    parts = {
        "redis": "ok",
        "stt": "no worker",
        "sentiment": "1 alive: modernbert",
        "listener": "no worker",
    }
    assert describe_awaited([(OK, {"redis": "ok"}), (503, parts)]) == "stt, listener"
