"""Audio in windows of what the segmenter takes in → the voices within each window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.audio import SAMPLE_RATE
from diarization_worker.calibration.calibration import Calibration
from diarization_worker.encoders.encoder import Audio, Embedding
from diarization_worker.models import VoiceModels
from diarization_worker.segmentation.regions import binarise, cut, drop_short, regions
from diarization_worker.segmentation.segmenter import Activity

STEP: Final = 0.25
"""Between the starts of two windows, as a share of their length."""

SPEECH_ONSET: Final = 0.4
SPEECH_OFFSET: Final = 0.35
"""Voices expected at once from which, and below which no longer, somebody speaks."""

VOICE_ONSET: Final = 0.5
VOICE_OFFSET: Final = 0.4
"""Probability from which, and below which no longer, a local voice is heard."""

SPLIT: Final = 0.9
"""Calibrated similarity from which two local voices of one window are one after all, if nobody
talks over either. Of 323 pairs of different speakers 1% were above 0.81; the three pairs of one
speaker were above 0.97."""

ENOUGH_S: Final = 0.3
"""Speech of one voice alone, seconds: with less, what others talk over is taken too."""

LEAST_S: Final = 0.2
"""Speech without which a local voice is left out, seconds: encoders hear nothing in less."""

PIECE_S: Final = 0.1
"""Pieces of one voice alone that are shorter than this go into no embedding, seconds: they lie
between voices, where the net is never exact."""


@dataclass(frozen=True, slots=True)
class LocalVoice:
    """A voice within one window."""

    probabilities: NDArray[np.float32]
    """That it is heard, frame by frame, shape [frames]."""
    embedding: Embedding
    seconds: float
    """Speech behind the embedding."""
    clear: bool
    """Whether that is speech that nobody talks over; else the embedding is of others as well."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is heard in one window."""

    start: float
    """Seconds."""
    activity: Activity
    voices: tuple[LocalVoice, ...]


def find_local_voices(audio: Audio, models: VoiceModels) -> list[Window]:
    """The windows of the audio, in order; raises EngineError.

    Window by window, so that live utterances, which share the models, wait for one at most.
    """
    found = []
    for start, piece in _cut_into_windows(audio, models.longest):
        (activity,) = models.segment([piece])
        found.append(Window(start, activity, _voices(piece, activity, models)))
    return found


def _cut_into_windows(audio: Audio, longest: float) -> Iterator[tuple[float, Audio]]:
    """Starts in seconds, and the windows: all of one length, the last one ends with the audio."""
    size = int(longest * SAMPLE_RATE)
    last = max(0, len(audio) - size)
    for start in [*range(0, last, int(size * STEP)), last]:
        yield start / SAMPLE_RATE, audio[start : start + size]


def _voices(piece: Audio, activity: Activity, models: VoiceModels) -> tuple[LocalVoice, ...]:
    active = who_is_active(activity)
    alone = active.sum(axis=1, keepdims=True) == 1
    speeches = [
        (voice, *_speech(piece, active[:, voice], alone[:, 0], activity.frame_s))
        for voice in range(active.shape[1])
    ]
    enough = [
        (voice, speech, clear)
        for voice, speech, clear in speeches
        if len(speech) >= LEAST_S * SAMPLE_RATE and np.any(speech)
    ]
    if not enough:
        return ()
    embeddings = models.embed([speech for _, speech, _ in enough])
    voices = [
        LocalVoice(activity.probabilities[:, voice], embedding, len(speech) / SAMPLE_RATE, clear)
        for (voice, speech, clear), embedding in zip(enough, embeddings, strict=True)
    ]
    return heal_splits(voices, models.calibration)


def who_is_active(activity: Activity) -> NDArray[np.bool_]:
    """Frame by frame and local voice, shape [frames, local voices].

    Wherever somebody speaks, the most probable voice does: of quiet speech the net often knows that
    it is some, but not well whose.
    """
    probabilities = activity.probabilities
    active = binarise(probabilities, VOICE_ONSET, VOICE_OFFSET)
    speech = binarise(probabilities.sum(axis=1), SPEECH_ONSET, SPEECH_OFFSET)
    active[np.arange(len(active)), probabilities.argmax(axis=1)] |= speech
    return active


def heal_splits(voices: Sequence[LocalVoice], calibration: Calibration) -> tuple[LocalVoice, ...]:
    """Voices that the net has told apart, but that sound like one, joined."""
    healed: list[LocalVoice] = []
    for voice in voices:
        for index, other in enumerate(healed):
            alike = calibration.similarity(
                voice.embedding, voice.seconds, other.embedding, other.seconds
            )
            if alike >= SPLIT and voice.clear and other.clear:
                healed[index] = _joined(voice, other)
                break
        else:
            healed.append(voice)
    return tuple(healed)


def _joined(one: LocalVoice, other: LocalVoice) -> LocalVoice:
    total = one.embedding * one.seconds + other.embedding * other.seconds
    return LocalVoice(
        np.maximum(one.probabilities, other.probabilities),
        np.asarray(total / np.linalg.norm(total), np.float32),
        one.seconds + other.seconds,
        clear=True,
    )


def _speech(
    piece: Audio, its: NDArray[np.bool_], alone: NDArray[np.bool_], frame_s: float
) -> tuple[Audio, bool]:
    """What a voice says alone, and True; or all it says where that is too little."""
    clear = cut(piece, regions(drop_short(its & alone, round(PIECE_S / frame_s)), frame_s))
    if len(clear) >= ENOUGH_S * SAMPLE_RATE:
        return clear, True
    return cut(piece, regions(its, frame_s)), bool(np.all(alone[its]))
