"""The models of this stage behind one thread, safe to ask from many."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass

from contract.values import EngineInfo
from diarization_worker.calibration.calibration import Calibration
from diarization_worker.calibration.loading import load_calibration
from diarization_worker.encoders.encoder import Audio, Embedding, SpeakerEncoder
from diarization_worker.encoders.loading import load_encoder
from diarization_worker.segmentation.loading import load_segmenter
from diarization_worker.segmentation.segmenter import Activity, SpeakerSegmenter
from diarization_worker.settings import DiarizationSettings
from worker_runtime.batcher import LAST, URGENT, WHENEVER, Batcher


@dataclass(frozen=True, slots=True)
class _Embed:
    audios: Sequence[Audio]


@dataclass(frozen=True, slots=True)
class _Segment:
    audios: Sequence[Audio]


class VoiceModels:
    """A speaker encoder, the calibration that reads its cosines, and a segmenter."""

    def __init__(
        self,
        encoder: SpeakerEncoder,
        segmenter: SpeakerSegmenter,
        calibration: Calibration,
        note: str = "",
    ) -> None:
        """`note`: what operators should know about how they were chosen."""
        self.calibration = calibration
        self.note = note
        self._encoder = encoder
        self._segmenter = segmenter
        self._priority = URGENT
        self._check: Callable[[], None] = lambda: None
        self._batcher: Batcher[_Embed | _Segment, list[Embedding] | list[Activity]] = Batcher(
            lambda requests: [self._answer(request) for request in requests],
            max_batch=1,  # a request is a batch in itself: nobody waits for others' audio
        )

    @property
    def encoder_id(self) -> str:
        """What a voice print remembers: embeddings of another id are never compared."""
        return f"{self._encoder.name}/{self._encoder.model}"

    @property
    def engine(self) -> EngineInfo:
        """The encoder, as clients and operators see it."""
        return EngineInfo(
            name=self._encoder.name, model=self._encoder.model, device=self._encoder.device
        )

    @property
    def longest(self) -> float:
        """Audio that the segmenter takes in at once, seconds."""
        return self._segmenter.longest

    def behind_live(self) -> "VoiceModels":
        """The same models and thread, for what may wait while live sessions ask."""
        patient = copy(self)
        patient._priority = WHENEVER
        return patient

    def behind_all(self, check: Callable[[], None]) -> "VoiceModels":
        """The same for whole recordings, which let everything else go first.

        `check` is called before each request, and stops the work by what it raises.
        """
        patient = copy(self)
        patient._priority = LAST
        patient._check = check
        return patient

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        """The voice in each of them; raises EngineError."""
        self._check()
        return self._batcher.submit(_Embed(audios), self._priority).result()  # type: ignore[return-value]

    def segment(self, audios: Sequence[Audio]) -> list[Activity]:
        """Who is active when in each of them; raises EngineError."""
        self._check()
        return self._batcher.submit(_Segment(audios), self._priority).result()  # type: ignore[return-value]

    def _answer(self, request: _Embed | _Segment) -> list[Embedding] | list[Activity]:
        match request:
            case _Embed(audios):
                return self._encoder.embed(audios)
            case _Segment(audios):
                return self._segmenter.segment(audios)


def load(settings: DiarizationSettings) -> VoiceModels:
    """The models that the settings name, warm; raises ModelUnavailableError."""
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    encoder = load_encoder(settings.speaker_encoder, settings.speaker_device, token)
    calibration = load_calibration(
        encoder, settings.speaker_calibration, name=settings.speaker_encoder
    )
    segmenter = load_segmenter(settings.segmentation_model, settings.speaker_device, token)
    return VoiceModels(encoder, segmenter, calibration.calibration, calibration.note)
