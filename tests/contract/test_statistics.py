import pytest

from contract.statistics import TurnTaking, quantiles, session_stats, summary


def test_counters_become_statistics_per_speaker_and_overall() -> None:
    stats = session_stats(
        {
            "1:segments": "2",
            "1:words": "7",
            "1:speech_seconds": "3.2500000000000004",
            "1:negative": "2",
            "1:speaker": "Kim",
            "0:segments": "3",
            "0:words": "10",
            "0:speech_seconds": "4.5",
            "0:positive": "3",
            "0:speaker": "SPEAKER_00",
            "none:segments": "1",
            "none:neutral": "1",
        },
        [100.0, 200.0, 300.0],
        TurnTaking(
            longest={"0": 4.0, "1": 2.5},
            interruptions={"1": 2},
            recent={"0": "+0", "1": "--", "all": "+-0-"},
        ),
    )

    assert [(each.speaker_id, each.speaker, each.segments) for each in stats.speakers] == [
        (0, "SPEAKER_00", 3),
        (1, "Kim", 2),
        (None, "", 1),
    ]
    assert stats.speakers[1].speech_seconds == 3.25
    assert stats.overall.segments == 6
    assert stats.overall.words == 17
    assert stats.overall.speech_seconds == 7.75
    assert stats.summary == "긍정: 3회 60% / 부정: 2회 40%"
    assert stats.summary_en == "Positive: 3× 60% / Negative: 2× 40%"
    assert [each.talk_share for each in stats.speakers] == [0.5806, 0.4194, 0.0]
    assert [each.words_per_minute for each in stats.speakers] == [133.3, 129.2, None]
    assert [each.recent_sentiment for each in stats.speakers] == [0.5, -1.0, None]
    assert (stats.overall.positive_share, stats.overall.neutral_share) == (0.5, 0.1667)
    assert (stats.overall.longest_monologue_seconds, stats.overall.interruptions) == (4.0, 2)
    assert stats.overall.recent_sentiment == -0.25
    assert stats.latency_ms.p50 == 200.0


@pytest.mark.parametrize(
    ("positive", "negative", "line"),
    [
        (0, 0, "긍정: 0회 0% / 부정: 0회 0%"),
        (1, 2, "긍정: 1회 33% / 부정: 2회 67%"),
        (5, 0, "긍정: 5회 100% / 부정: 0회 0%"),
    ],
)
def test_the_summary_is_one_line(positive: int, negative: int, line: str) -> None:
    assert summary(positive, negative) == line


def test_quantiles_are_values_that_occurred() -> None:
    values = [float(value) for value in range(1, 101)]

    assert (quantiles(values).p50, quantiles(values).p95) == (50.0, 95.0)
    assert quantiles([7.0]).p95 == 7.0
    assert quantiles([]).p50 is None
