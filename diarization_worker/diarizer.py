"""Tells whose voice an utterance has: encoder, session's voices and decisions put together."""

import logging
import time
from collections.abc import Callable, Sequence

from contract.audio import SAMPLE_RATE
from contract.errors import AudioExpiredError, EngineError
from contract.work import (
    Attribution,
    Enrolled,
    EnrolmentJob,
    EnrolmentRefused,
    Segment,
    SpeechJob,
    Stage,
    Transcript,
)
from diarization_worker import assignment, enrolment
from diarization_worker.assignment import Sample
from diarization_worker.encoder import Audio, Embedding, SpeakerEncoder
from diarization_worker.enrolment import VoicePrint
from diarization_worker.speech import speech_only, to_samples
from diarization_worker.voice_store import VoiceStore
from diarization_worker.voices import Verdict, Voices
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
        self._batcher: Batcher[Audio, Embedding] = Batcher(
            lambda audios: [encoder.embed(audio) for audio in audios],
            max_batch=1,  # encoders take one at a time: nobody waits for others' audio
        )

    def attribute(self, transcript: Transcript) -> Attribution:
        """One segment with its speaker; no segments where nothing was said."""
        job = transcript.job
        segments = [self._segment(transcript)] if transcript.text.strip() else []
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
        speech = speech_only(audio)
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

    def _segment(self, transcript: Transcript) -> Segment:
        job, words = transcript.job, transcript.words
        verdict = self._verdict(job)
        return Segment(
            segment_id=f"{job.utterance_id}.1",
            speaker_id=verdict.speaker_id,
            speaker=verdict.speaker,
            text=transcript.text,
            start=words[0].start if words else job.start,
            end=words[-1].end if words else job.end,
            words=words,
        )

    def _verdict(self, job: SpeechJob) -> Verdict:
        try:
            speech = speech_only(to_samples(self._fetch_audio(job.audio_key)))
            (embedding,) = self._embeddings([speech])
        except (AudioExpiredError, EngineError) as error:
            log.warning("the text goes on without a speaker: %s", error)
            return Verdict(job.utterance_id, None, None)
        sample = Sample(embedding, len(speech) / SAMPLE_RATE)
        return self._store.update(
            job.session_id,
            lambda voices: assignment.attribute(
                voices,
                job.utterance_id,
                sample,
                job.num_speakers,
                job.similarity_threshold,
                self._calibration,
            ),
        )

    def _embeddings(self, audios: Sequence[Audio]) -> list[Embedding]:
        waiting = [self._batcher.submit(audio) for audio in audios]
        return [embedding.result() for embedding in waiting]
