from bench.page import bubbles


def test_a_bubble_is_timed_from_its_own_event_and_sound() -> None:
    events = [
        {"segment": "1.1", "at": 900.0, "sound": 380.0, "quiet": True},
        {"segment": "2.1", "at": 2000.0, "sound": 1990.0, "quiet": False},
    ]
    shown = [{"segment": "2.1", "at": 2020.0}, {"segment": "1.1", "at": 910.0}]

    seen = bubbles(events, shown)

    assert seen.from_event == [20.0, 10.0]
    assert seen.from_sound == [530.0]
