"""Interim text that settles: what two hypotheses in a row agree on is kept for good.

The method is LocalAgreement-2 of "Turning Whisper into Real-Time Transcription System"
(Macháček, Dabre, Bojar, 2023), over words by their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreed:
    """Interim text and how much of it is settled."""

    text: str
    stable_chars: int


class LocalAgreement:
    """The hypotheses of one utterance, from the first to the latest."""

    def __init__(self) -> None:
        self._stable: list[str] = []
        self._previous: list[str] = []

    def update(self, words: Sequence[str], joiner: str = " ") -> Agreed:
        """Take in the next hypothesis; the settled words stay, whatever it says about them."""
        settled = len(self._stable)
        fresh = list(words[settled:])
        previous = self._previous[settled:]
        for now, before in zip(fresh, previous, strict=False):
            if now != before:
                break
            self._stable.append(now)
        self._previous = [*self._stable[:settled], *fresh]
        text = joiner.join([*self._stable, *fresh[len(self._stable) - settled :]])
        return Agreed(text, len(joiner.join(self._stable)))
