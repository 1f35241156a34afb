"""What was shown lately, so that a correction can show it as its reader knows it."""

from typing import Final

from rich.text import Text

from client.views.lines import correction_line
from contract.events import SpeakerUpdated, Transcription

KEEP: Final = 1000
"""Segments; a server corrects those of its last 256 utterances at most."""


class Told:
    """The latest transcriptions of a session, with their speakers as they stand."""

    def __init__(self) -> None:
        self._segments: dict[str, Transcription] = {}

    def add(self, event: Transcription) -> None:
        """Remember a segment; the oldest is forgotten for it."""
        self._segments[event.segment_id] = event
        if len(self._segments) > KEEP:
            del self._segments[next(iter(self._segments))]

    def correct(self, event: SpeakerUpdated) -> list[Text]:
        """A line per segment that has another speaker now."""
        lines = []
        for segment_id in event.segment_ids:
            segment = self._segments.get(segment_id)
            lines.append(correction_line(segment_id, segment, event.speaker_id, event.speaker))
            if segment is not None:
                who = {"speaker_id": event.speaker_id, "speaker": event.speaker}
                self._segments[segment_id] = segment.model_copy(update=who)
        return lines
