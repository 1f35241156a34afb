from pathlib import Path

import pytest

from evaluation.error_rate import Errors, count_errors, error_rate, read_rttm, sum_errors

REFERENCE = [(0.0, 4.0, "anna"), (3.0, 8.0, "ben")]


def test_each_kind_of_error_is_counted_in_seconds_of_speech() -> None:
    told = [(0.0, 3.0, "0"), (4.0, 7.0, "1"), (7.0, 8.0, "0"), (9.0, 9.5, "1"), (11.0, 99.0, "1")]
    errors = count_errors(REFERENCE, told, 10.0)
    assert errors == Errors(spoken=9.0, missed=2.0, invented=0.5, confused=1.0)
    assert errors.rate == pytest.approx(3.5 / 9)
    assert error_rate(REFERENCE, told, 10.0) == errors.rate


def test_names_do_not_matter() -> None:
    told = [(start, end, {"anna": "7", "ben": "anna"}[who]) for start, end, who in REFERENCE]
    assert error_rate(REFERENCE, told, 10.0) == 0


def test_longer_recordings_weigh_more_in_all() -> None:
    total = sum_errors([Errors(30.0, 3.0, 0.0, 0.0), Errors(10.0, 1.0, 2.0, 2.0)])
    assert total == Errors(40.0, 4.0, 2.0, 2.0)
    assert total.rate == pytest.approx(0.2)
    assert sum_errors([]).rate == 0


def test_rttm_becomes_turns(tmp_path: Path) -> None:
    path = tmp_path / "a.rttm"
    path.write_text("SPEAKER a 1 0.5 1.0 <NA> <NA> anna <NA> <NA>\n")
    assert read_rttm(path) == {"a": [(0.5, 1.5, "anna")]}
