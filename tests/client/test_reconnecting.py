from client.reconnecting import STEADY_S, Attempts, Reconnect


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def attempts(clock: Clock, window_s: float = 60) -> Attempts:
    policy = Reconnect(window_s=window_s, first_delay_s=1, max_delay_s=8)
    return Attempts(policy, clock, jitter=lambda low, high: (low + high) / 2)


def test_waits_double_up_to_the_limit() -> None:
    tries = attempts(Clock())
    assert [tries.next_delay(600) for _ in range(5)] == [0.75, 1.5, 3, 6, 6]


def test_jitter_is_within_half_and_whole() -> None:
    bounds: list[tuple[float, float]] = []

    def jitter(low: float, high: float) -> float:
        bounds.append((low, high))
        return low

    Attempts(Reconnect(first_delay_s=1), Clock(), jitter).next_delay(600)
    assert bounds == [(0.5, 1)]


def test_the_shorter_window_counts() -> None:
    clock = Clock()
    ours, theirs = attempts(clock, 60), attempts(clock, 600)
    assert ours.next_delay(600) is not None
    assert theirs.next_delay(60) is not None
    clock.now += 60
    assert ours.next_delay(600) is None
    assert theirs.next_delay(60) is None


def test_connections_that_break_at_once_are_one_outage() -> None:
    clock = Clock()
    tries = attempts(clock)
    for _ in range(6):
        assert tries.next_delay(600) is not None
        clock.now += 9.5
        tries.resumed()
        clock.now += STEADY_S / 2
    assert tries.next_delay(600) is None


def test_progress_ends_an_outage() -> None:
    clock = Clock()
    tries = attempts(clock)
    tries.next_delay(600)
    clock.now += 59
    tries.progress()
    clock.now += 5
    assert tries.next_delay(600) == 0.75


def test_a_steady_connection_ends_an_outage() -> None:
    clock = Clock()
    tries = attempts(clock)
    tries.next_delay(600)
    tries.resumed()
    clock.now += max(STEADY_S, 61)
    assert tries.next_delay(600) == 0.75


def test_no_window_means_no_attempt() -> None:
    assert attempts(Clock(), window_s=0).next_delay(600) is None
