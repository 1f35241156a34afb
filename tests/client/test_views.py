import io
import json
from typing import Any

import pytest
from rich.console import Console

from client.views.json_lines import JsonView
from client.views.lines import clock, partial_line, transcription_line
from client.views.live import LiveView
from client.views.plain import PlainView
from client.views.told import KEEP, Told
from contract.events import (
    Partial,
    ServerEvent,
    SpeakerRegistrationProgress,
    SpeakerUpdated,
    Transcription,
    parse_event,
)
from tests.client.gateway import STATS, event, started, transcription

COUNTS = {"segments": 2, "words": 7, "speech_seconds": 3.25, "positive": 1, "neutral": 1}


def console() -> Console:
    return Console(file=io.StringIO(), width=100)


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def said(**changes: Any) -> Transcription:
    parsed = parse_event({**json.loads(transcription(1, 0)), **changes})
    assert isinstance(parsed, Transcription)
    return parsed


def stopped() -> ServerEvent:
    speaker = {"speaker_id": 0, "speaker": "Anna", **COUNTS}
    stats = {
        "speakers": [speaker, {**speaker, "speaker_id": None, "speaker": ""}],
        "overall": COUNTS,
        "summary": "긍정: 1회 100% / 부정: 0회 0%",
        "latency_ms": {"p50": 410.2, "p95": 800.9},
    }
    return parse_event(event("transcription_stopped", 9, stats=stats, reason="stopped"))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "00:00.0"), (59.96, "01:00.0"), (62.34, "01:02.3"), (3600, "60:00.0")],
)
def test_times(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_a_line_says_when_who_what_how_and_how_late() -> None:
    scores = {"positive": 0.9}
    happy = said(
        start=61.5,
        end=63.2,
        speaker="Anna",
        text="Great [bold]news[/bold]!",
        sentiment={"label": "positive", "score": 0.9, "scores": scores},
    )
    line = transcription_line(happy).plain
    assert line == "01:01.5–01:03.2 Anna: Great [bold]news[/bold]! + 120 ms"


def test_nobody_is_a_question_mark() -> None:
    assert " ?: second 0" in transcription_line(said(speaker_id=None, speaker=None)).plain


def test_the_stable_part_of_interim_text_stands_out() -> None:
    partial = Partial(session_id="s", utterance_id=1, text="hello wor", stable_chars=6)
    line = partial_line(partial)
    assert line.plain == "hello wor"
    assert str(line.style) != str(line.spans[0].style)
    assert (line.spans[0].start, line.spans[0].end) == (6, 9)


def test_plain_lines_are_never_wrapped_and_passing_events_are_left_out() -> None:
    out, notices = console(), console()
    with PlainView(out, notices) as view:
        view.show(said(text="word " * 60))
        view.show(Partial(session_id="s", utterance_id=1, text="nope", stable_chars=0))
        view.show(parse_event(event("warning", 2, code="BEHIND", message="late")))
    assert text(out).count("\n") == 1
    assert "nope" not in text(out)
    assert text(notices) == "warning: late [BEHIND]\n"


def test_the_table_has_a_row_per_speaker_and_one_for_all() -> None:
    out = console()
    PlainView(out, console()).show(stopped())
    rows = [line for line in text(out).splitlines() if "3.2 s" in line]
    assert [row.split()[1] for row in rows] == ["Anna", "?", "all"]
    assert "긍정: 1회 100% / 부정: 0회 0%" in text(out)
    assert "p50 410, p95 801 ms" in text(out)


def corrected(speaker_id: int | None, speaker: str | None, *segment_ids: str) -> SpeakerUpdated:
    return SpeakerUpdated(
        session_id="s", segment_ids=list(segment_ids), speaker_id=speaker_id, speaker=speaker
    )


def test_a_correction_shows_what_was_shown_and_who_it_was() -> None:
    out, notices = console(), console()
    with PlainView(out, notices) as view:
        view.show(said(segment_id="1.1", start=61.5, end=63.2, text="word " * 30))
        view.show(corrected(3, "Kim", "1.1", "0.4"))
        view.show(corrected(None, None, "1.1"))
    _, first, unknown, second = text(out).splitlines()
    assert first.startswith("01:01.5–01:03.2 SPEAKER_00 → Kim: word word")
    assert unknown == "0.4 → Kim"
    assert second.startswith("01:01.5–01:03.2 Kim → ?: word word")
    assert text(notices) == ""


def test_what_was_told_long_ago_is_forgotten() -> None:
    told = Told()
    for number in range(KEEP + 1):
        told.add(said(segment_id=f"{number}.1"))
    gone, kept = told.correct(corrected(1, "Kim", "0.1", "1.1"))
    assert gone.plain == "0.1 → Kim"
    assert kept.plain.endswith("SPEAKER_00 → Kim: second 0")


def test_registrations_are_told_beside_the_content() -> None:
    out, notices = console(), console()
    fields = {"speaker_id": 0, "message": "등록"}
    completed = event(
        "speaker_registration_completed", 2, **fields, speech_seconds=3.21, quality=0.8
    )
    failed = event("speaker_registration_failed", 3, **fields, code="too_short")
    with PlainView(out, notices) as view:
        view.show(parse_event(completed))
        view.show(parse_event(failed))
    assert text(out) == ""
    assert text(notices).splitlines() == [
        "등록 (3.2 s of speech, quality 80%)",
        "등록 [too_short]",
    ]


def test_json_has_an_event_a_line_and_nothing_else() -> None:
    out, err = io.StringIO(), io.StringIO()
    updated = event("speaker_updated", 3, segment_ids=["0"], speaker_id=1, speaker="SPEAKER_01")
    frames = [
        started(1),
        event("speech_started", utterance_id=1, time=0.5),
        transcription(2, 0),
        updated,
    ]
    with JsonView(out, err) as view:
        for frame in frames:
            view.show(parse_event(frame))
        view.notice("careful")
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["type"] for line in lines] == [
        "session_started",
        "speech_started",
        "transcription",
        "speaker_updated",
    ]
    assert [line.get("event_id") for line in lines] == [1, None, 2, 3]
    assert lines[3] == json.loads(updated)
    assert "event_id" not in lines[1]
    assert err.getvalue() == "careful\n"


def test_on_a_terminal_interim_text_goes_when_its_utterance_is_final() -> None:
    out = Console(file=io.StringIO(), width=100, force_terminal=True, legacy_windows=False)
    view = LiveView(out)
    with view:
        view.show(Partial(session_id="s", utterance_id=1, text="second", stable_chars=0))
        assert "second" in str(view.interim)
        view.show(Partial(session_id="s", utterance_id=2, text="later", stable_chars=0))
        view.show(said())
        assert "later" in str(view.interim)
        view.show(said(utterance_id=2))
        assert str(view.interim) == ""
    assert "second 0" in text(out)


def test_on_a_terminal_the_progress_of_a_registration_is_renewed_until_it_is_over() -> None:
    view = LiveView(Console(file=io.StringIO(), width=100, force_terminal=True))
    progress = SpeakerRegistrationProgress(
        session_id="s", speaker_id=1, speech_seconds=1.24, needed_seconds=3
    )
    failed = event("speaker_registration_failed", 3, speaker_id=1, code="too_short", message="no")
    with view:
        view.show(progress)
        assert str(view.interim) == "speaker 2: 1.2 of 3.0 s of speech"
        view.show(parse_event(failed))
        assert str(view.interim) == ""


def test_empty_statistics_can_be_shown() -> None:
    out = console()
    PlainView(out, out).show(parse_event(event("transcription_stopped", 3, stats=STATS, reason="")))
    assert "latency –" in text(out)
