"""The registry in this process: its models, and voice prints in a folder."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from client.errors import LocalUnavailableError
from client.speakers.recordings import Recording
from contract.speakers import Answer, Export, Exported, Import, Imported, Question, StoredPrint

if TYPE_CHECKING:
    from diarization_worker.registry.registry import Registry as WorkersRegistry

PAGE: Final = 100
"""Voice prints read or written at a time."""


@contextmanager
def worker_packages() -> Iterator[None]:
    """Import the worker's packages inside; raises LocalUnavailableError where one is missing."""
    try:
        yield
    except ImportError as error:
        raise LocalUnavailableError(
            f"without a server, the diarization worker's packages are needed: {error}"
        ) from error


class LocalRespondent:
    """Answers without a server."""

    def __init__(self, registry: "WorkersRegistry") -> None:
        self._registry = registry

    @classmethod
    def load(cls, store: Path) -> Self:
        """Load the models, which takes seconds; the prints are in the folder `store`.

        The models are those of a diarization worker, chosen by the same environment variables.
        """
        with worker_packages():
            from diarization_worker.models import load
            from diarization_worker.registry.folder_store import FolderPrintStore
            from diarization_worker.registry.registry import Registry as WorkersRegistry
            from diarization_worker.settings import DiarizationSettings
        settings = DiarizationSettings()
        return cls(
            WorkersRegistry(
                load(settings), FolderPrintStore(store), keep_samples=settings.keep_samples
            )
        )

    def ask(self, question: Question, recordings: Sequence[Recording] = ()) -> Answer:
        """Answer with the models of this process; raises SoriError."""
        return self._registry.answer(question, lambda key: recordings[int(key)].read())

    def export(self) -> Iterator[StoredPrint]:
        """All stored prints, page by page."""
        offset = 0
        while page := self._page(offset):
            yield from page
            offset += len(page)

    def write(self, prints: Iterable[StoredPrint]) -> int:
        """Write stored prints, page by page."""
        waiting, count = iter(prints), 0
        while page := list(islice(waiting, PAGE)):
            answer = self.ask(Import(prints=page))
            assert isinstance(answer, Imported)  # noqa: S101
            count += answer.count
        return count

    def close(self) -> None:
        """Nothing to let go of: what is written is written at once."""

    def _page(self, offset: int) -> list[StoredPrint]:
        answer = self.ask(Export(offset=offset, limit=PAGE))
        assert isinstance(answer, Exported)  # noqa: S101
        return answer.prints
