"""Whole recordings → who spoke when, by the embedded models or by a pyannote.audio pipeline."""

from collections.abc import Iterable
from typing import Protocol

from diarization_worker.encoders.encoder import Audio
from diarization_worker.hearing.hear import hear
from diarization_worker.hearing.voices import Turn
from diarization_worker.models import VoiceModels
from diarization_worker.recordings.checking import Check, go_on
from diarization_worker.recordings.pipeline import PyannotePipeline
from diarization_worker.recordings.turns import RecordingTurns, Stretch, named_turns
from diarization_worker.settings import DiarizationSettings

EMBEDDED = "embedded"


class RecordingDiarizer(Protocol):
    """Tells who spoke when in a recording. Safe to call from many threads."""

    @property
    def model(self) -> str:
        """What does it: `embedded`, a hub id or a path."""

    def diarize(
        self, audio: Audio, num_speakers: int | None = None, check: Check = go_on
    ) -> RecordingTurns:
        """The turns of a recording of any length; raises EngineError.

        Exactly `num_speakers` speakers, where so many can be heard; None: as many as there are.
        `check` is called now and then, as far as the models allow, and ends it by raising.
        """


class EmbeddedDiarizer:
    """The models that live sessions use as well."""

    model = EMBEDDED

    def __init__(self, models: VoiceModels) -> None:
        self._models = models

    def diarize(
        self, audio: Audio, num_speakers: int | None = None, check: Check = go_on
    ) -> RecordingTurns:
        """See RecordingDiarizer."""
        return diarize(audio, self._models.behind_all(check), num_speakers)


def diarize(audio: Audio, models: VoiceModels, num_speakers: int | None = None) -> RecordingTurns:
    """The turns of a recording of any length, empty where nobody speaks; raises EngineError.

    Exactly `num_speakers` speakers, where so many can be heard; None: as many as there are.
    """
    if num_speakers is not None and num_speakers < 1:
        raise ValueError(f"{num_speakers} speakers can't be told apart")
    hearing = hear(audio, models, num_voices=num_speakers)
    return named_turns(_told(hearing.turns), _told(hearing.exclusive))


def _told(turns: Iterable[Turn]) -> list[Stretch]:
    return [(turn.start, turn.end, turn.voice) for turn in turns]


def load_diarizer(settings: DiarizationSettings, models: VoiceModels) -> RecordingDiarizer:
    """The diarizer that DIARIZATION_MODEL names; raises ModelUnavailableError."""
    if settings.diarization_model == EMBEDDED:
        return EmbeddedDiarizer(models)
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    return PyannotePipeline.load(settings.diarization_model, settings.speaker_device, token)
