import csv
import io
from pathlib import Path

import pytest
import webvtt
from pyannote.database.util import load_rttm

from contract.recordings import (
    Metadata,
    RecordedSegment,
    RecordingResult,
    SegmentAcoustics,
    SpeakerRef,
    SpeakerTotal,
    TextResult,
    TextSegment,
)
from contract.values import Sentiment
from gateway_service.recordings.exports import ExportFormat, cues_of, export, srt

SOUND = SegmentAcoustics(
    mfcc=[0.0] * 13,
    pitch_hz=None,
    volume_db=-20.0,
    rms=0.1,
    spectral_centroid=900.0,
    spectral_rolloff=2000.0,
)
FELT = Sentiment(
    label="neutral", score=0.8, scores={"positive": 0.1, "negative": 0.1, "neutral": 0.8}
)
TEXTS = [
    (0.0, 1.5, "SPEAKER_00", '안녕하세요, "여러분"'),
    (1.5, 1.5, "SPEAKER_01", "a & b, 3 < 4"),
    (3599.9996, 3661.25, "SPEAKER_00", "two\n\nlines; and, more"),
]
RESULT = RecordingResult(
    segments=[
        RecordedSegment(
            start_time=start,
            end_time=end,
            speaker=SpeakerRef(speaker_id=speaker),
            text=text,
            sentiment=FELT,
            words=[],
            acoustic_features=SOUND,
        )
        for start, end, speaker, text in TEXTS
    ],
    speakers={"SPEAKER_00": SpeakerTotal(total_duration=2.0)},
    text="",
    language="ko",
    duration=3700.0,
    metadata=Metadata(processing_time=1.0, model_versions={}),
)
EMPTY = RESULT.model_copy(update={"segments": []})


def test_webvtt_is_read_by_others() -> None:
    captions = webvtt.from_string(export(RESULT, ExportFormat.VTT, "r")).captions
    assert [(c.start_in_seconds, c.end_in_seconds) for c in captions] == [
        (0, 1),
        (1, 1),
        (3600, 3661),
    ]
    assert [c.voice for c in captions] == ["SPEAKER_00", "SPEAKER_01", "SPEAKER_00"]
    assert captions[0].text == TEXTS[0][3]
    assert captions[1].text == "a &amp; b, 3 &lt; 4"
    assert captions[2].start == "01:00:00.000"


def test_subrip_is_read_by_others() -> None:
    captions = webvtt.from_buffer(
        io.StringIO(export(RESULT, ExportFormat.SRT, "r")), format="srt"
    ).captions
    assert [c.text for c in captions] == [
        f"SPEAKER_00: {TEXTS[0][3]}",
        f"SPEAKER_01: {TEXTS[1][3]}",
        "SPEAKER_00: two lines; and, more",
    ]
    assert (captions[1].start, captions[1].end) == ("00:00:01.500", "00:00:01.501")


def test_rttm_is_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "turns.rttm"
    path.write_text(export(RESULT, ExportFormat.RTTM, "my file"))
    turns = load_rttm(path)["my_file"]
    assert turns.labels()[0] == "SPEAKER_00"
    assert turns.label_duration("SPEAKER_00") == pytest.approx(1.5 + 61.25, abs=0.01)


def test_a_table_is_read_by_others() -> None:
    rows = list(csv.DictReader(io.StringIO(export(RESULT, ExportFormat.CSV, "r"), newline="")))
    assert [row["text"] for row in rows] == [text for *_, text in TEXTS]
    assert [float(row["start"]) for row in rows] == [start for start, *_ in TEXTS]
    assert (rows[0]["sentiment"], rows[0]["pitch_hz"]) == ("neutral", "")


def test_text_has_a_line_for_each_segment() -> None:
    lines = export(RESULT, ExportFormat.TXT, "r").splitlines()
    assert lines[0] == f"[00:00:00.000] SPEAKER_00: {TEXTS[0][3]}"
    assert len(lines) == 3


@pytest.mark.parametrize("form", list(ExportFormat))
def test_nothing_said_is_exported_too(form: ExportFormat) -> None:
    text = export(EMPTY, form, "r")
    if form is ExportFormat.VTT:
        assert webvtt.from_string(text).captions == []
    if form is ExportFormat.JSON:
        assert RecordingResult.model_validate_json(text) == EMPTY


def test_text_alone_has_no_speakers() -> None:
    segment = TextSegment(start=0.0, end=1.0, text="hi", words=[], confidence=1.0)
    result = TextResult(segments=[segment], text="hi", language="en", duration=1.0)
    assert srt(cues_of(result)) == "1\n00:00:00,000 --> 00:00:01,000\nhi\n\n"
