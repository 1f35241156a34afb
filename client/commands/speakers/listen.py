"""`sori speakers listen`: who speaks now, from the microphone or as if from it."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from client.commands.speakers.audio import Threshold
from client.commands.speakers.output import Output, voice_label
from client.commands.speakers.place import Place, at_a_place
from client.speakers.listening import (
    Change,
    Heard,
    Listening,
    State,
    Window,
    as_spoken,
    windows,
)
from client.speakers.recordings import Recording, wav
from client.speakers.registry import Registry
from client.views.lines import clock
from contract.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from contract.errors import NoSpeechError, SeveralVoicesError, SpeechTooShortError
from contract.speakers import DEFAULT_THRESHOLD


@at_a_place
def listen(
    place: Place,
    output: Output,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="A recording instead of the microphone."),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0, help="Of --from: 1 = as it was spoken, 0 = without waiting.")
    ] = 1.0,
    threshold: Threshold = DEFAULT_THRESHOLD,
    duration: Annotated[
        float | None, typer.Option(min=0.1, metavar="SECONDS", help="Stop after so long.")
    ] = None,
) -> None:
    """Say who speaks, each time that it is somebody else; until Ctrl-C."""
    listening = Listening()
    audio = _source(source, speed)
    with place.open(output) as registry, audio as blocks:
        try:
            for window in windows(_first(blocks, duration)):
                _say(listening.hear(window, _hear(registry, window, threshold)), output)
        except KeyboardInterrupt:
            output.notice("stopped")
        _say(listening.finish(), output)


def _hear(registry: Registry, window: Window, threshold: float) -> Heard | None:
    try:
        answer = registry.identify(Recording("what was said last", wav(window.pcm)), threshold, 1)
    except NoSpeechError:
        return Heard(State.SILENCE)
    except (SpeechTooShortError, SeveralVoicesError):
        return None
    if not answer.known:
        return Heard(State.UNKNOWN, score=answer.score)
    best = answer.candidates[0]
    return Heard(State.SPEAKER, best.speaker_id, best.name, best.score)


def _say(change: Change | None, output: Output) -> None:
    if change is None:
        return
    heard = change.heard
    line = Text(f"{clock(change.time)} ", "dim")
    if heard.speaker_id is None:
        line.append(heard.state.value, "yellow" if heard.state is State.UNKNOWN else "dim")
    else:
        line.append(voice_label(heard.speaker_id, heard.name), "bold green")
    if heard.state is not State.SILENCE:
        line.append(f" {heard.score:.2f}", "dim")
    said = {
        "time": change.time,
        "state": heard.state.value,
        "speaker_id": heard.speaker_id,
        "name": heard.name,
        "score": heard.score,
    }
    output.result(line, said)


def _source(path: Path | None, speed: float) -> AbstractContextManager[Iterator[bytes]]:
    """Where audio comes from, once it is entered; raises SourceError at once where it can't."""
    if path is None:
        from client.microphone import Microphone

        return Microphone().listening()
    from client.feed import cut
    from client.source import read_audio

    packets = cut(read_audio(str(path)))
    return nullcontext(as_spoken(packets, speed, time.monotonic, time.sleep))


def _first(blocks: Iterator[bytes], duration: float | None) -> Iterator[bytes]:
    if duration is None:
        yield from blocks
        return
    left = round(duration * SAMPLE_RATE) * BYTES_PER_SAMPLE
    for block in blocks:
        yield block[:left]
        left -= len(block)
        if left <= 0:
            return
