"""A recording's result in the formats of other programs. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contract.recordings import RecordedSegment, RecordingResult, TextResult


class ExportFormat(StrEnum):
    """What a result can be had as."""

    JSON = "json"
    SRT = "srt"
    VTT = "vtt"
    TXT = "txt"
    RTTM = "rttm"
    CSV = "csv"


MEDIA_TYPES: Final = {
    ExportFormat.JSON: "application/json",
    ExportFormat.SRT: "application/x-subrip",
    ExportFormat.VTT: "text/vtt",
    ExportFormat.TXT: "text/plain",
    ExportFormat.RTTM: "text/plain",
    ExportFormat.CSV: "text/csv",
}

SHORTEST_CUE_S: Final = 0.001
"""Players leave out cues that take no time."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A subtitle."""

    start: float
    end: float
    text: str
    speaker: str = ""


def export(result: RecordingResult, form: ExportFormat, name: str) -> str:
    """The result as a text file; `name` is the recording's, for RTTM."""
    match form:
        case ExportFormat.JSON:
            return result.model_dump_json()
        case ExportFormat.SRT:
            return srt(cues_of(result))
        case ExportFormat.VTT:
            return vtt(cues_of(result))
        case ExportFormat.TXT:
            return _txt(result.segments)
        case ExportFormat.RTTM:
            return _rttm(result.segments, name)
        case ExportFormat.CSV:
            return _csv(result.segments)


def cues_of(result: RecordingResult | TextResult) -> list[Cue]:
    """A cue for each segment."""
    if isinstance(result, TextResult):
        return [Cue(each.start, each.end, each.text) for each in result.segments]
    return [
        Cue(each.start_time, each.end_time, each.text, each.speaker.speaker_id)
        for each in result.segments
    ]


def srt(cues: Iterable[Cue]) -> str:
    """SubRip: numbered, the speaker before the text."""
    return "".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_end(cue, ',')}\n"
        f"{f'{cue.speaker}: ' if cue.speaker else ''}{_line(cue.text)}\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def vtt(cues: Iterable[Cue]) -> str:
    """WebVTT, the speaker as a voice span (W3C, WebVTT, section 4.2.2)."""
    return "WEBVTT\n\n" + "".join(
        f"{_clock(cue.start, '.')} --> {_end(cue, '.')}\n"
        f"{f'<v {cue.speaker}>' if cue.speaker else ''}{_escaped(_line(cue.text))}\n\n"
        for cue in cues
    )


def _txt(segments: Iterable[RecordedSegment]) -> str:
    return "".join(
        f"[{_clock(each.start_time, '.')}] {each.speaker.speaker_id}: {_line(each.text)}\n"
        for each in segments
    )


def _rttm(segments: Iterable[RecordedSegment], name: str) -> str:
    """NIST's Rich Transcription Time Marked: a line for each segment."""
    recording = "_".join(name.split()) or "recording"
    return "".join(
        f"SPEAKER {recording} 1 {each.start_time:.3f} {each.end_time - each.start_time:.3f}"
        f" <NA> <NA> {each.speaker.speaker_id} <NA> <NA>\n"
        for each in segments
    )


def _csv(segments: Sequence[RecordedSegment]) -> str:
    """RFC 4180, with a line of names."""
    file = io.StringIO(newline="")
    out = csv.writer(file)
    out.writerow(["start", "end", "speaker", "text", "sentiment", "score", "volume_db", "pitch_hz"])
    for each in segments:
        sound = each.acoustic_features
        pitch = "" if sound.pitch_hz is None else sound.pitch_hz
        felt = each.sentiment
        out.writerow(
            [
                *(each.start_time, each.end_time, each.speaker.speaker_id, each.text),
                *(felt.label, felt.score, sound.volume_db, pitch),
            ]
        )
    return file.getvalue()


def _end(cue: Cue, mark: str) -> str:
    return _clock(max(cue.end, cue.start + SHORTEST_CUE_S), mark)


def _clock(seconds: float, mark: str) -> str:
    """hh:mm:ss and milliseconds after a mark."""
    total = round(seconds * 1000)
    hours, rest = divmod(total, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{mark}{rest % 1000:03d}"


def _line(text: str) -> str:
    """On one line: an empty one would end a cue."""
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
