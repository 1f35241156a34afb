"""The models of this stage behind one thread, safe to ask from many."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.values import EngineInfo
from diarization_worker.encoders.encoder import Audio, Calibration, Embedding, SpeakerEncoder
from diarization_worker.segmentation.segmenter import Activity, SpeakerSegmenter
from worker_runtime.batcher import Batcher


@dataclass(frozen=True, slots=True)
class _Embed:
    audios: Sequence[Audio]


@dataclass(frozen=True, slots=True)
class _Segment:
    audios: Sequence[Audio]


class VoiceModels:
    """A speaker encoder with its calibration, and a segmenter."""

    def __init__(self, encoder: SpeakerEncoder, segmenter: SpeakerSegmenter) -> None:
        self._encoder = encoder
        self._segmenter = segmenter
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
    def calibration(self) -> Calibration:
        """How the encoder's cosines are read."""
        return self._encoder.calibration

    @property
    def longest(self) -> float:
        """Audio that the segmenter takes in at once, seconds."""
        return self._segmenter.longest

    def embed(self, audios: Sequence[Audio]) -> list[Embedding]:
        """The voice in each of them; raises EngineError."""
        return self._batcher.submit(_Embed(audios)).result()  # type: ignore[return-value]

    def segment(self, audios: Sequence[Audio]) -> list[Activity]:
        """Who is active when in each of them; raises EngineError."""
        return self._batcher.submit(_Segment(audios)).result()  # type: ignore[return-value]

    def _answer(self, request: _Embed | _Segment) -> list[Embedding] | list[Activity]:
        match request:
            case _Embed(audios):
                return self._encoder.embed(audios)
            case _Segment(audios):
                return self._segmenter.segment(audios)
