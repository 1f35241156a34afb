"""What commands about voices say: to people, or as JSON."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.text import Text

from contract.speakers import Candidate, VoicePrint


class Output:
    """Results on stdout, everything else on stderr."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._out = Console(highlight=False)
        if not self._out.is_terminal:  # nothing is cut short for a program that reads along
            self._out = Console(highlight=False, width=10_000)
        self._err = Console(stderr=True, highlight=False)

    def result(self, shown: RenderableType, said: Mapping[str, Any]) -> None:
        """A result, for people and as JSON."""
        if self.as_json:
            self._out.file.write(json.dumps(said, ensure_ascii=False) + "\n")
        else:
            self._out.print(shown, soft_wrap=isinstance(shown, Text))
        self._out.file.flush()

    def notice(self, text: str) -> None:
        """Something that is no result."""
        self._err.print(Text(text, "yellow"), soft_wrap=True)

    def waiting(self, text: str) -> AbstractContextManager[object]:
        """Say on a terminal what is being waited for, while it is."""
        return self._err.status(text)


def fields_of(answer: BaseModel) -> dict[str, Any]:
    """A message's JSON fields; an embedding that nobody asked for is left out."""
    said = answer.model_dump(mode="json")
    for part in (said, said.get("voice_print")):
        if isinstance(part, dict) and part.get("embedding", 0) is None:
            del part["embedding"]
    return said


def label(speaker: VoicePrint | Candidate) -> str:
    """A voice as people know it, and its id where that is another word."""
    return voice_label(speaker.speaker_id, speaker.name)


def name(speaker: VoicePrint | Candidate) -> str:
    """A voice as people know it."""
    return speaker.name or speaker.speaker_id


def voice_label(speaker_id: str, name: str | None) -> str:
    """The label from its parts."""
    return speaker_id if name in {None, speaker_id} else f"{name} ({speaker_id})"
