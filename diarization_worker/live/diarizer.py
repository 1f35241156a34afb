"""Tells whose voices an utterance has: encoder, session's voices and decisions put together."""

import logging
import time
from collections.abc import Callable, Sequence

from contract.errors import AudioExpiredError, EngineError
from contract.work import (
    Attribution,
    Enrolled,
    EnrolmentJob,
    EnrolmentRefused,
    SpeechJob,
    Stage,
    Transcript,
)
from diarization_worker.encoders.encoder import Audio, Embedding, SpeakerEncoder
from diarization_worker.live import assignment, change, enrolment
from diarization_worker.live.assignment import Piece, Sample
from diarization_worker.live.enrolment import VoicePrint
from diarization_worker.live.segments import cut_into_segments
from diarization_worker.live.speech import find_speech, to_samples
from diarization_worker.live.voice_store import VoiceStore
from diarization_worker.live.voices import Turn, Verdict, Voices
from worker_runtime.batcher import Batcher

log = logging.getLogger(__name__)


class Diarizer:
    """What the tasks of this stage do, without Celery. Safe to call from many threads."""

    def __init__(
        self, encoder: SpeakerEncoder, store: VoiceStore, fetch_audio: Callable[[str], bytes]
    ) -> None:
        """`fetch_audio` gives the PCM under a Redis key or raises AudioExpiredError."""
        self._calibration = encoder.calibration
        self._store = store
        self._fetch_audio = fetch_audio
        self._batcher: Batcher[Sequence[Audio], list[Embedding]] = Batcher(
            lambda requests: [encoder.embed(audios) for audios in requests],
            max_batch=1,  # a request is a batch in itself: nobody waits for others' audio
        )

    def attribute(self, transcript: Transcript) -> Attribution:
        """A segment for each change of speaker; no segments where nothing was said."""
        job = transcript.job
        said = bool(transcript.text.strip())
        segments = cut_into_segments(transcript, self._verdict(job).turns) if said else []
        marks = {**job.marks, Stage.DIARIZATION.value: time.time()}
        return Attribution(
            job=job.model_copy(update={"marks": marks}),
            segments=segments,
            language=transcript.language,
            confidence=transcript.confidence,
        )

    def enrol(self, job: EnrolmentJob) -> Enrolled | EnrolmentRefused:
        """Make a voice print of the job's audio and remember it, or say why not."""
        audio = to_samples(self._fetch_audio(job.audio_key))
        failure = enrolment.check_audio(audio, job.speech_seconds)
        if failure is not None:
            return EnrolmentRefused(job=job, code=failure)
        speech = find_speech(audio).audio
        whole, *pieces = self._embeddings([speech, *enrolment.windows(speech)])
        sample = Sample(whole, job.speech_seconds)

        def change(voices: Voices) -> tuple[Voices, Enrolled | EnrolmentRefused]:
            made = enrolment.make_voice_print(
                voices, job.speaker_id, job.name, sample, pieces, self._calibration
            )
            if isinstance(made, VoicePrint):
                return voices.with_voice(made.voice), Enrolled(job=job, quality=made.quality)
            return voices, EnrolmentRefused(job=job, code=made)

        return self._store.update(job.session_id, change)

    def _verdict(self, job: SpeechJob) -> Verdict:
        try:
            speech = find_speech(to_samples(self._fetch_audio(job.audio_key)))
            embeddings = self._embeddings(change.windows(speech.audio))
        except (AudioExpiredError, EngineError) as error:
            log.warning("the text goes on without a speaker: %s", error)
            return Verdict(job.utterance_id, (Turn(job.start, job.end, None, None),))
        exchange = change.find_exchange(
            embeddings,
            speech.seconds,
            job.num_speakers,
            job.similarity_threshold,
            self._calibration,
        )
        pieces = [
            Piece(job.start + speech.moment(p.start), job.start + speech.moment(p.end), p.voice)
            for p in exchange.pieces
        ]
        return self._store.update(
            job.session_id,
            lambda voices: assignment.attribute(
                voices,
                job.utterance_id,
                exchange.voices,
                pieces,
                job.num_speakers,
                job.similarity_threshold,
                self._calibration,
            ),
        )

    def _embeddings(self, audios: Sequence[Audio]) -> list[Embedding]:
        return self._batcher.submit(audios).result()
