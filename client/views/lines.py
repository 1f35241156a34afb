"""Events as lines and tables for people; pure."""

from typing import Final

from rich.table import Table
from rich.text import Text

from contract.events import (
    Error,
    Partial,
    ServerEvent,
    SessionStarted,
    SpeakerRegistrationCompleted,
    SpeakerRegistrationFailed,
    SpeakerRegistrationProgress,
    Transcription,
    UtteranceFailed,
    Warning,
)
from contract.values import Figures, SessionStats

SPEAKER_COLOURS: Final = ("cyan", "magenta", "yellow", "green", "blue", "red")
SENTIMENT_MARKS: Final = {
    "positive": ("+", "bold green"),
    "negative": ("-", "bold red"),
    "neutral": ("·", "dim"),
}


def transcription_line(event: Transcription) -> Text:
    """When, who, what, how it felt, and how long it took: what is read first comes first."""
    mark, style = SENTIMENT_MARKS[event.sentiment.label]
    line = Text()
    line.append(f"{clock(event.start)}–{clock(event.end)} ", "dim")
    line.append(f"{event.speaker or '?'}: ", _colour(event.speaker_id))
    line.append(event.text)
    line.append(f" {mark}", style)
    if "total" in event.latency_ms:
        line.append(f" {event.latency_ms['total']:.0f} ms", "dim")
    return line


def correction_line(
    segment_id: str, segment: Transcription | None, speaker_id: int | None, speaker: str | None
) -> Text:
    """Who said it after all: the line as it was shown, where that is known, else its id."""
    line = Text()
    if segment is None:
        line.append(segment_id)
    else:
        line.append(f"{clock(segment.start)}–{clock(segment.end)} ", "dim")
        line.append(segment.speaker or "?", f"strike {_colour(segment.speaker_id)}")
    line.append(" → ", "bold")
    line.append(speaker or "?", _colour(speaker_id))
    if segment is not None:
        line.append(f": {segment.text}", "dim")
    return line


def progress_line(event: SpeakerRegistrationProgress) -> Text:
    """How much of a voice was heard."""
    heard = f"{event.speech_seconds:.1f} of {event.needed_seconds:.1f} s of speech"
    return Text(f"speaker {event.speaker_id + 1}: {heard}", "grey70")


def partial_line(event: Partial) -> Text:
    """Text in the making: the part that will stay, and the part that may change."""
    line = Text(event.text[: event.stable_chars], "grey70")
    line.append(event.text[event.stable_chars :], "grey42 italic")
    return line


def started_line(event: SessionStarted) -> Text:
    """What does the work in this session."""
    stages = []
    for stage in ("stt", "diarization", "sentiment"):
        engine = getattr(event.engines, stage)
        what = f"{engine.name} {engine.model} ({engine.device})" if engine else "not there yet"
        stages.append(f"{stage}: {what}")
    return Text(" · ".join(stages), "dim")


def aside(event: ServerEvent) -> str | None:
    """What the user should know beside the text, if the event says such a thing."""
    match event:
        case Warning():
            return f"warning: {event.message} [{event.code}]"
        case Error():
            return f"error: {event.message} [{event.code}]"
        case UtteranceFailed():
            span = f"{clock(event.start)}–{clock(event.end)}"
            return f"not transcribed: {span}: {event.message} [{event.code}]"
        case SpeakerRegistrationCompleted():
            heard = f"{event.speech_seconds:.1f} s of speech, quality {event.quality:.0%}"
            return f"{event.message} ({heard})"
        case SpeakerRegistrationFailed():
            return f"{event.message} [{event.code}]"
        case _:
            return None


def statistics_table(stats: SessionStats) -> Table:
    """The numbers of a session, a row per speaker and one for all."""
    quantiles = stats.latency_ms
    latency = (
        "–" if quantiles.p50 is None else f"p50 {quantiles.p50:.0f}, p95 {quantiles.p95:.0f} ms"
    )
    table = Table(caption=f"{stats.summary}   latency {latency}", caption_justify="left")
    table.add_column("speaker")
    for name in ("segments", "words", "speech", "share", "words/min", *SENTIMENT_MARKS):
        table.add_column(name, justify="right")
    for speaker in stats.speakers:
        who = Text(speaker.speaker or "?", _colour(speaker.speaker_id))
        table.add_row(who, *_row(speaker, speaker.talk_share))
    if len(stats.speakers) > 1:
        table.add_section()
        table.add_row("all", *_row(stats.overall, 1.0))
    return table


def clock(seconds: float) -> str:
    """A time as minutes and seconds, as in 01:02.3."""
    tenths = round(seconds * 10)
    return f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _row(figures: Figures, share: float) -> list[str]:
    moods = (figures.positive, figures.negative, figures.neutral)
    speech = f"{figures.speech_seconds:.1f} s"
    pace = "–" if figures.words_per_minute is None else f"{figures.words_per_minute:.0f}"
    numbers = [str(figures.segments), str(figures.words), speech, f"{share:.0%}", pace]
    return [*numbers, *map(str, moods)]


def _colour(speaker_id: int | None) -> str:
    return "white" if speaker_id is None else SPEAKER_COLOURS[speaker_id % len(SPEAKER_COLOURS)]
