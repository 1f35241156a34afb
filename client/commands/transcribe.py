"""`sori transcribe`: a whole recording, analysed by a server."""

import json
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from client.commands.options import DEFAULT_URL, ApiKey, AsJson, Ca, Url
from client.commands.speakers.output import Output
from client.commands.speakers.writing import writing
from client.transcribing import FORMATS, Transcriber
from client.views.lines import SPEAKER_COLOURS, clock
from contract.errors import SoriError
from contract.jobs import JobFailedError, JobState
from contract.recordings import RecordingResult


def transcribe(
    source: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="Any audio or video; http(s):// or s3://.")
    ],
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the result there; its ending says how: .json .srt .vtt .txt .rttm .csv."
            " Repeatable.",
        ),
    ] = None,
    language: Annotated[str | None, typer.Option(help="ISO 639-1, or auto.")] = None,
    num_speakers: Annotated[
        int | None, typer.Option(min=1, max=100, help="Exactly so many; default: as heard.")
    ] = None,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    ca: Ca = None,
    as_json: AsJson = False,
) -> None:
    """Analyse a whole recording: text, speakers, sentiment, subtitles.

    A FILE is sent to the server, a URL is fetched by it. With --json the whole result is one line
    of standard output. Ctrl-C cancels.
    """
    files = [(path, format_of(path)) for path in output or []]
    wanted = {"language": language, "num_speakers": num_speakers}
    with closing(Transcriber(url, api_key, ca)) as transcriber:
        with _bar() as bar:
            task = bar.add_task("sending" if Path(source).exists() else "asking", total=100)
            job_id = transcriber.begin(source, wanted)
            try:
                state = _follow(transcriber, job_id, bar, task)
            except BaseException:
                with suppress(SoriError):
                    transcriber.cancel(job_id)
                raise
        if state.error is not None:
            raise JobFailedError(state.error)
        for path, form in files:
            with writing(path) as file:
                file.write(transcriber.result(job_id, form))
        if as_json or not files:
            _show(RecordingResult.model_validate_json(transcriber.result(job_id)), Output(as_json))


def format_of(path: Path) -> str:
    """The format that a file's ending names; raises BadParameter."""
    form = path.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        endings = " ".join(f".{each}" for each in FORMATS)
        raise typer.BadParameter(f"{path}: one of {endings} is wanted", param_hint="--output")
    return form


def _follow(transcriber: Transcriber, job_id: str, bar: Progress, task: TaskID) -> JobState:
    state = None
    for state in transcriber.follow(job_id):
        bar.update(task, completed=state.progress, description=state.message_en)
    assert state is not None  # noqa: S101 (how it stands comes before anything else)
    return state


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _show(result: RecordingResult, output: Output) -> None:
    if output.as_json:
        output.result("", json.loads(result.model_dump_json()))
        return
    speakers = list(result.speakers)
    for segment in result.segments:
        speaker = segment.speaker.speaker_id
        number = speakers.index(speaker) if speaker in speakers else 0
        line = Text(f"{clock(segment.start_time)} ", "dim")
        line.append(speaker, SPEAKER_COLOURS[number % len(SPEAKER_COLOURS)])
        line.append(f" {segment.text} ").append(segment.sentiment.label, "dim")
        output.result(line, {})
