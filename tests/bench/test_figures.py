import pytest

from bench.callers import Sample
from bench.figures import between, loads, next_level, overhead, own_total, real_time_factor
from bench.usage import Usage


def sample(
    due_at: float = 0.0, stt: float = 10.0, endpointing: float = 500.0, observed: float = 40.0
) -> Sample:
    parts = {"stt": stt, "diarization": 5.0, "sentiment": 3.0, "delivery": 2.0}
    latency = {"total": endpointing + sum(parts.values()), "endpointing": endpointing, **parts}
    return Sample(due_at=due_at, spoken=2.0, observed_ms=observed, latency_ms=latency)


def test_the_wait_for_silence_is_no_overhead() -> None:
    assert own_total(sample(endpointing=500.0)) == own_total(sample(endpointing=3000.0)) == 20.0


def test_overhead_has_each_part_the_total_and_what_the_client_saw() -> None:
    figures = overhead([sample(stt=float(n), observed=100.0 + n) for n in range(1, 101)])

    assert list(figures) == ["stt", "diarization", "sentiment", "delivery", "total", "client"]
    assert (figures["stt"].p50, figures["stt"].p95) == (50.0, 95.0)
    assert (figures["total"].p50, figures["total"].p95) == (60.0, 105.0)
    assert (figures["client"].p50, figures["client"].p95) == (150.0, 195.0)
    assert (figures["diarization"].p50, figures["diarization"].p95) == (5.0, 5.0)


def test_overhead_of_nothing_is_unknown() -> None:
    assert {(figure.p50, figure.p95) for figure in overhead([]).values()} == {(None, None)}


def test_only_a_stretch_of_time_counts() -> None:
    samples = [sample(due_at=moment) for moment in (4.9, 5.0, 9.9, 10.0)]

    assert [s.due_at for s in between(samples, 5.0, 10.0)] == [5.0, 9.9]


def test_the_real_time_factor_weighs_utterances_by_their_length() -> None:
    short = Sample(0.0, 1.0, 0.0, {"stt": 500.0})
    long = Sample(0.0, 9.0, 0.0, {"stt": 1500.0})

    assert real_time_factor([short, long]) == pytest.approx(0.2)
    assert real_time_factor([]) is None


def test_loads_are_shares_of_a_core_and_growth_since_the_start() -> None:
    mb = 1_000_000
    ready = {"gateway": Usage(2, 1.0, 100 * mb)}
    before = {"gateway": Usage(2, 3.0, 110 * mb)}
    after = {"gateway": Usage(2, 8.0, 120 * mb)}

    load = loads(ready, before, after, wall=10.0)["gateway"]

    assert load.processes == 2
    assert load.cores == pytest.approx(0.5)
    assert (load.rss_mb, load.grown_mb) == pytest.approx((120.0, 20.0))


def levels_tried(limit: int, start: int) -> list[int]:
    tried: dict[int, bool] = {}
    while (level := next_level(tried, start)) is not None:
        assert level not in tried
        tried[level] = level <= limit
    return list(tried)


def test_the_limit_is_searched_by_doubling_then_bisecting() -> None:
    assert levels_tried(limit=330, start=100) == [100, 200, 400, 300, 350, 325]


def test_the_limit_is_searched_downwards_when_the_start_is_too_much() -> None:
    assert levels_tried(limit=60, start=200) == [200, 100, 50, 75]


def test_a_limit_of_next_to_nothing_is_found_too() -> None:
    assert levels_tried(limit=0, start=100) == [100, 50, 25]


@pytest.mark.parametrize("limit", [30, 99, 100, 101, 555, 1234, 5000])
def test_the_limit_found_is_near_the_truth(limit: int) -> None:
    tried = levels_tried(limit, start=100)
    carried = max(level for level in tried if level <= limit)
    too_many = min(level for level in tried if level > limit)

    assert carried <= limit < too_many
    assert too_many - carried <= max(25, carried / 10)
