"""All voice prints in memory: up to date at each question, searched in milliseconds."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from diarization_worker.calibration.calibration import Calibration, References
from diarization_worker.encoders.encoder import Embedding
from diarization_worker.registry.prints import Print
from diarization_worker.registry.store import NOTHING_KNOWN, Changes, PrintStore


@dataclass(frozen=True, slots=True)
class Match:
    """A print that a voice may be of."""

    voice_print: Print
    score: float
    """Calibrated, 0 to 1, to four digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All prints as of one moment. Nothing in it ever changes, so readers need no lock."""

    version: int
    prints: Mapping[str, Print]
    """By speaker_id, without audio."""
    searchable: tuple[str, ...] = ()
    """Ids of today's encoder's prints, in the order of `references`."""
    references: References | None = None

    @property
    def comparable(self) -> list[Print]:
        """Today's encoder's prints, by id."""
        return [self.prints[speaker_id] for speaker_id in sorted(self.searchable)]

    def search(
        self, embedding: Embedding, seconds: float, most: int, calibration: Calibration
    ) -> list[Match]:
        """The `most` prints that are most alike, the best first."""
        if self.references is None or not self.searchable:
            return []
        scores = calibration.compare(embedding, seconds, self.references)
        most = min(most, len(scores))
        best = np.argpartition(-scores, most - 1)[:most]
        matches = [Match(self.prints[self.searchable[i]], round(float(scores[i]), 4)) for i in best]
        return sorted(matches, key=lambda match: (-match.score, match.voice_print.speaker_id))


@dataclass(slots=True)
class Index:
    """Keeps a snapshot, and brings it up to date with a store when it is asked for."""

    store: PrintStore
    encoder: str
    """The encoder whose prints can be compared."""
    calibration: Calibration
    _snapshot: Snapshot = field(default_factory=lambda: Snapshot(NOTHING_KNOWN, {}), init=False)
    _swap: threading.Lock = field(default_factory=threading.Lock, init=False)

    def current(self) -> Snapshot:
        """All prints as they were when this was called, or later.

        Threads that find changes at once each take them in: none waits for another.
        """
        before = self._snapshot
        changes = self.store.changes(before.version, before.prints.keys())
        if changes.version == before.version:
            return before
        after = self._apply(changes, before)
        with self._swap:
            if self._snapshot is before or self._snapshot.version < after.version:
                self._snapshot = after
        return after

    def _apply(self, changes: Changes, before: Snapshot) -> Snapshot:
        changed = {p.speaker_id: p for p in changes.prints}
        prints = {**before.prints, **changed}
        if changes.ids is not None:
            prints = {i: p for i, p in prints.items() if i in changes.ids}
        fresh = {i: p for i, p in changed.items() if p.encoder == self.encoder and i in prints}
        ids, references = before.searchable, before.references
        if changes.ids is not None or len(fresh) < len(changed):
            rows = [
                row
                for row, i in enumerate(ids)
                if i in prints and prints[i].encoder == self.encoder
            ]
            ids = tuple(ids[row] for row in rows)
            references = references.rows(rows) if references else None
        if fresh:
            ids, references = self._with(fresh, ids, references)
        return Snapshot(changes.version, prints, ids, references)

    def _with(
        self, fresh: Mapping[str, Print], ids: tuple[str, ...], references: References | None
    ) -> tuple[tuple[str, ...], References]:
        """Ids and references with some prints put in their places, or after the others."""
        found = self.calibration.references(
            np.array([p.centroid for p in fresh.values()]),
            np.array([p.seconds for p in fresh.values()]),
        )
        if references is None or not len(references):
            return tuple(fresh), found
        places = {i: row for row, i in enumerate(ids) if i in fresh}
        new = [row for row, i in enumerate(fresh) if i not in places]
        # Joined to what is new, or to nothing, they are a copy: readers have the ones before.
        joined = references.joined(found.rows(new))
        for row, speaker_id in enumerate(fresh):
            if speaker_id in places:
                joined.put(places[speaker_id], found.rows([row]))
        return (*ids, *(i for i in fresh if i not in places)), joined
