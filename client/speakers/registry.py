"""The registry of voices: what can be asked of it, wherever it is."""

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Final, Protocol, Self, TypeVar

from client.errors import NotSoriError
from client.speakers.recordings import Recording
from contract.speakers import (
    Answer,
    Delete,
    Deleted,
    DrawMap,
    Identified,
    Identify,
    ListPrints,
    Map,
    Prints,
    Register,
    Registered,
    Show,
    StoredPrint,
    VoicePrint,
)

PAGE: Final = 100
"""Voice prints read at a time."""

Asked = Register | Identify | ListPrints | Show | Delete | DrawMap
"""What is answered as a whole; export and import go on for as long as there are prints."""

Kind = TypeVar("Kind", bound=Answer)


class Respondent(Protocol):
    """Who answers: a server, or the models in this process."""

    def ask(self, question: Asked, recordings: Sequence[Recording] = ()) -> Answer:
        """The answer; uploads are named by their places in `recordings`. Raises SoriError."""

    def export(self) -> Iterator[StoredPrint]:
        """All stored prints, however many there are; raises SoriError."""

    def write(self, prints: Iterable[StoredPrint]) -> int:
        """Write stored prints and return how many there were; raises SoriError."""

    def close(self) -> None:
        """Let go of connections and models."""


class Registry:
    """Registers, identifies, shows and forgets voices; every method raises SoriError."""

    def __init__(self, respondent: Respondent) -> None:
        self._respondent = respondent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections and models."""
        self._respondent.close()

    def register(
        self,
        recordings: Sequence[Recording],
        speaker_id: str | None = None,
        name: str | None = None,
    ) -> Registered:
        """Create a voice print of up to ten recordings or add them, all of them or none.

        Without an id, an anonymous one is made.
        """
        uploads = [str(place) for place in range(len(recordings))]
        question = Register(speaker_id=speaker_id, name=name, uploads=uploads)
        return self._ask(Registered, question, *recordings)

    def identify(self, recording: Recording, threshold: float, top_k: int) -> Identified:
        """Tell whose voice it is, with the best `top_k` candidates."""
        question = Identify(upload="0", threshold=threshold, top_k=top_k)
        return self._ask(Identified, question, recording)

    def prints(self) -> Iterator[VoicePrint]:
        """All voice prints, by id, without embeddings."""
        offset = 0
        while page := self._ask(Prints, ListPrints(offset=offset, limit=PAGE)).prints:
            yield from page
            offset += len(page)

    def show(self, speaker_id: str, embedding: bool = False) -> VoicePrint:
        """One voice print."""
        return self._ask(Prints, Show(speaker_id=speaker_id, embedding=embedding)).prints[0]

    def delete(self, speaker_id: str) -> None:
        """Delete a voice print and its samples for good."""
        self._ask(Deleted, Delete(speaker_id=speaker_id))

    def export(self) -> Iterator[StoredPrint]:
        """All voice prints with all that makes them."""
        return self._respondent.export()

    def write(self, prints: Iterable[StoredPrint]) -> int:
        """Write exported prints; those that exist are replaced. Returns how many there were."""
        return self._respondent.write(prints)

    def draw_map(self) -> str:
        """The voice prints in two dimensions, as SVG."""
        return self._ask(Map, DrawMap()).svg

    def reach(self) -> None:
        """Return if somebody answers; raises SoriError."""
        self._ask(Prints, ListPrints(limit=1))

    def _ask(self, kind: type[Kind], question: Asked, *recordings: Recording) -> Kind:
        answer = self._respondent.ask(question, recordings)
        if not isinstance(answer, kind):
            raise NotSoriError(f"{question.op} was answered with {answer.kind}")
        return answer
