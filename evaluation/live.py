"""Live sessions: is speech given to the right speaker, utterance by utterance?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import combinations, permutations
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from diarization_worker.encoders.encoder import Audio
from diarization_worker.models import VoiceModels
from evaluation.conversations import STRANGERS
from evaluation.error_rate import Turns, error_rate, read_rttm
from evaluation.sessions import Course, Stretch, stream
from evaluation.tables import Table

PAUSE_S: Final = 0.3
ENROLMENT_S: Final = 5.0
FRAME_S: Final = 0.01

SILENCE_DB: Final = 30.0
"""Frames so far below a recording's louder ones are its pauses, and nobody's speech."""

STRANGER: Final = -1
SILENCE: Final = -2

UTTERANCES: Final = 5
"""Of each speaker in a conversation with a stranger."""


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody says something."""

    who: int
    """The speaker_id that it should be given, or STRANGER: null."""
    audio: Audio


@dataclass(frozen=True, slots=True)
class Score:
    """How much of the speech of a session was told rightly, in seconds."""

    known: float
    known_right: float
    segments: int
    """Of those who should have no speaker."""
    segments_right: int


def run(data: Path, models: VoiceModels) -> list[Table]:
    """The tables."""
    people = _people(data / "speech/en/librispeech")
    strangers = _strangers(data / "speech/en/librispeech_cohort")
    return [
        pairs(people, models),
        with_a_stranger(people, strangers, models),
        unknown_speakers(data, models),
        monologues(people, models),
    ]


def pairs(people: dict[str, list[Audio]], models: VoiceModels) -> Table:
    """Two enrolled speakers in turn: each pair, either one first."""
    rows, scores, changes = [], [], 0
    for names in permutations(people, 2):
        parts = [
            Part(who, people[name][number])
            for number in range(1, 10)
            for who, name in enumerate(names)
        ]
        truth, course = stream_parts(parts, [people[name][0] for name in names], models)
        changes += course.corrections
        scores.append(score(truth, course))
        rows.append((" + ".join(names), _share(scores[-1].known_right, scores[-1].known)))
    return Table(
        "Live: two enrolled speakers alternate",
        ("speakers", "speech time right"),
        [
            *rows,
            ("in all", _share(sum(s.known_right for s in scores), sum(s.known for s in scores))),
        ],
        f"LibriSpeech test-other, {ENROLMENT_S:g} s of enrolment, {PAUSE_S} s between utterances;"
        f" {changes} segments corrected. Target: 97%.",
    )


def with_a_stranger(
    people: dict[str, list[Audio]], strangers: Sequence[Audio], models: VoiceModels
) -> Table:
    """Two enrolled speakers and a third voice, which changes from pair to pair."""
    rows, scores = [], []
    names = list(people)
    for number, (one, other) in enumerate(combinations(names, 2)):
        third = names[next(i for i in range(len(names)) if names[i] not in {one, other})]
        for kind in ("one other reader", "many strangers"):
            guests = (
                people[third][1:]
                if kind == "one other reader"
                else [strangers[(number * UTTERANCES + i) % len(strangers)] for i in range(9)]
            )
            parts = [
                Part(who, audio)
                for i in range(1, UTTERANCES + 1)
                for who, audio in (
                    (0, people[one][i]),
                    (1, people[other][i]),
                    (STRANGER, guests[i - 1]),
                )
            ]
            truth, course = stream_parts(parts, [people[one][0], people[other][0]], models)
            scores.append((kind, score(truth, course)))
    for kind in ("one other reader", "many strangers"):
        its = [s for k, s in scores if k == kind]
        rows.append(
            (
                kind,
                _share(sum(s.segments_right for s in its), sum(s.segments for s in its)),
                _share(sum(s.known_right for s in its), sum(s.known for s in its)),
            )
        )
    return Table(
        "Live: two enrolled speakers and an unknown voice, num_speakers 2",
        ("unknown voice", "its segments null", "speech time of the enrolled right"),
        rows,
        "The strangers are of those that the calibrations have not seen. Target: 90%.",
    )


def unknown_speakers(data: Path, models: VoiceModels) -> Table:
    """Conversations in which nobody is enrolled."""
    rows = []
    for name, audio, reference in _conversations(data):
        for limit in (2, 0):
            course = stream(audio, models, num_speakers=limit)
            first = [(t.start, t.end, str(t.first)) for t, _ in course.turns]
            last = [(t.start, t.end, str(t.last)) for t in course.corrected_turns()]
            rows.append(
                (
                    name,
                    str(limit or "no limit"),
                    str(len({who for _, _, who in reference})),
                    str(len({s.last for s in course.segments.values()} - {None})),
                    f"{error_rate(reference, first, len(audio) / SAMPLE_RATE):.3f}",
                    f"{error_rate(reference, last, len(audio) / SAMPLE_RATE):.3f}",
                    str(course.corrections),
                )
            )
    return Table(
        "Live: nobody enrolled",
        (
            "file",
            "num_speakers",
            "speakers",
            "found",
            "DER told first",
            "DER corrected",
            "corrections",
        ),
        rows,
        "No collar, overlap counted. What the endpointer leaves out as too quiet counts as missed:"
        " most of the meetings, which were recorded from across a room.",
    )


def monologues(people: dict[str, list[Audio]], models: VoiceModels) -> Table:
    """One reader alone, whom nobody knows: is he taken for two?"""
    rows = []
    for name, readings in people.items():
        parts = [Part(0, audio) for audio in readings]
        for limit in (2, 0):
            _, course = stream_parts(parts, [], models, num_speakers=limit)
            own = [s for s in course.segments.values() if s.last == 0]
            first = [s for s in course.segments.values() if s.first == 0]
            rows.append(
                (
                    name,
                    str(limit or "no limit"),
                    _share(_seconds(first), _seconds(course.segments.values())),
                    _share(_seconds(own), _seconds(course.segments.values())),
                    f"{course.corrections} / {course.flips}",
                )
            )
    return Table(
        "Live: one reader alone, not enrolled",
        ("reader", "num_speakers", "one speaker, told first", "corrected", "corrections / flips"),
        rows,
    )


def score(truth: NDArray[np.int64], course: Course) -> Score:
    """Hold what was told at last against who spoke, frame by frame."""
    told = np.full(len(truth), SILENCE)
    unknown = []
    for segment in course.segments.values():
        frames = slice(round(segment.start / FRAME_S), round(segment.end / FRAME_S))
        told[frames] = STRANGER if segment.last is None else segment.last
        spoken = truth[frames][truth[frames] != SILENCE]
        if len(spoken) and np.mean(spoken == STRANGER) > 0.5:
            unknown.append(segment.last is None)
    known = truth >= 0
    return Score(
        known=float(known.sum() * FRAME_S),
        known_right=float((told[known] == truth[known]).sum() * FRAME_S),
        segments=len(unknown),
        segments_right=sum(unknown),
    )


def stream_parts(
    parts: Sequence[Part], enrolled: Sequence[Audio], models: VoiceModels, num_speakers: int = 2
) -> tuple[NDArray[np.int64], Course]:
    """One part after the other through a session: who speaks in each frame, and what is told.

    The first 5 s of each of the `enrolled` make the voice prints of speakers 0, 1, …
    """
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.float32)
    audio = np.concatenate([piece for part in parts for piece in (part.audio, pause)])
    owner = np.concatenate([np.full(len(part.audio) + len(pause), part.who) for part in parts])
    size = round(FRAME_S * SAMPLE_RATE)
    count = len(audio) // size
    frames = audio[: count * size].reshape(count, size)
    levels = 20 * np.log10(np.sqrt(np.mean(np.square(frames), axis=1)) + 1e-6)
    spoken = levels > np.percentile(levels, 95) - SILENCE_DB
    truth = np.where(spoken, owner[: count * size : size], SILENCE)
    samples = [one[: round(ENROLMENT_S * SAMPLE_RATE)] for one in enrolled]
    return truth, stream(audio, models, samples, num_speakers)


def _people(folder: Path) -> dict[str, list[Audio]]:
    """Ten recordings of each of five readers."""
    return {
        speaker.name: [_read(file) for file in sorted(speaker.glob("*.flac"))]
        for speaker in sorted(folder.iterdir())
        if speaker.is_dir()
    }


def _strangers(folder: Path) -> list[Audio]:
    """Those that the calibrations were not fitted to."""
    return [_read(file) for file in sorted(folder.glob("*.flac"))[-STRANGERS:]]


def _conversations(data: Path) -> Iterator[tuple[str, Audio, Turns]]:
    package = find_spec("pyannote.audio")
    if package is not None and package.origin is not None:
        sample = Path(package.origin).parent / "sample"
        yield "sample", _read(sample / "sample.wav"), read_rttm(sample / "sample.rttm")["sample"]
    folder = data / "diarization"
    meetings = read_rttm(folder / "debug.train.rttm")
    for file in sorted(folder.glob("trn*.wav")):
        yield file.stem, _read(file), meetings[file.stem]
    (example,) = read_rttm(folder / "diarizationExample.rttm").values()
    yield "diarizationExample", _read(folder / "diarizationExample.wav"), example


def _read(file: Path) -> Audio:
    samples, rate = soundfile.read(file, dtype="float32")
    if rate != SAMPLE_RATE:
        raise ValueError(f"{file} has {rate} Hz")
    return np.asarray(samples if samples.ndim == 1 else samples.mean(axis=1), np.float32)


def _seconds(stretches: Iterable[Stretch]) -> float:
    return sum(stretch.end - stretch.start for stretch in stretches)


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "none"
