"""The fifth experiment: from the last sound in a browser's microphone to the bubble on the page."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from bench.browser import BrowserMissingError, chromium
from bench.experiments import INSTANT, Plan, Report
from bench.speech import recordings, short_pieces, speech_only, with_pauses
from contract.audio import SAMPLE_RATE
from local_stack.stack import Stack

UTTERANCES: Final = 30
PATIENCE_MS: Final = 30_000

WATCH: Final = Path(__file__).with_name("page_watch.js")


@dataclass(frozen=True, slots=True)
class Bubbles:
    """How long the bubbles of one conversation took, milliseconds."""

    from_sound: Sequence[float] = field(repr=False)
    """From the last sound of each utterance in the microphone to its bubble, the silence that
    ends an utterance included."""
    from_event: Sequence[float] = field(repr=False)
    """From the event's arrival in the page to its bubble: what the page adds."""


def measure_page(plan: Plan, report: Report) -> Bubbles | None:
    """A conversation of one browser with a stack that answers at once; None without a browser."""
    with (
        tempfile.TemporaryDirectory(prefix="sori-bench-") as folder,
        Stack(Path(folder), {**INSTANT, "LOG_LEVEL": "WARNING"}, plan.replicas) as stack,
    ):
        stack.wait_ready(timeout_s=120)
        report(f"page: {UTTERANCES} utterances")
        try:
            return _talk(stack.url(), _microphone(Path(folder)))
        except BrowserMissingError as error:
            report(f"page: left out, {error}")
            return None


def _microphone(folder: Path) -> Path:
    speech = np.concatenate([speech_only(recording) for recording in recordings()[:10]])
    heard = np.concatenate([*islice(with_pauses(short_pieces(speech)), 2 * UTTERANCES)])
    path = folder / "microphone.wav"
    soundfile.write(path, heard, SAMPLE_RATE)
    return path


def _talk(url: str, microphone: Path) -> Bubbles:
    with chromium(microphone) as browser:
        page = browser.new_page()
        page.add_init_script(path=WATCH)
        page.goto(url)
        page.wait_for_selector("#status[data-state=open]")
        page.click("#start")
        for number in range(UTTERANCES):
            page.wait_for_function("n => bench.bubbles.length > n", arg=number, timeout=PATIENCE_MS)
        seen: dict[str, list[dict[str, Any]]] = page.evaluate("bench")
    return bubbles(seen["events"], seen["bubbles"])


def bubbles(events: Sequence[dict[str, Any]], shown: Sequence[dict[str, Any]]) -> Bubbles:
    """The times of what was seen in the page, an event and a bubble for each segment.

    A bubble for which the microphone had been heard again already, since its speaker went on,
    says nothing about the last sound.
    """
    arrived = {event["segment"]: event for event in events}
    pairs = [(arrived[bubble["segment"]], bubble["at"]) for bubble in shown]
    return Bubbles(
        from_sound=[at - event["sound"] for event, at in pairs if event["quiet"]],
        from_event=[at - event["at"] for event, at in pairs],
    )
