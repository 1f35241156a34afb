"""Tells whose voices an utterance has: models, session's voices and decisions put together."""

import logging
import time
from collections.abc import Callable

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
from diarization_worker.hearing.voices import Hearing
from diarization_worker.live import attribution, enrolment
from diarization_worker.live.attribution import Told
from diarization_worker.live.audio import to_samples
from diarization_worker.live.enrolment import Accepted
from diarization_worker.live.listening import listen
from diarization_worker.live.voice_store import VoiceStore
from diarization_worker.live.voices import Voices
from diarization_worker.models import VoiceModels

log = logging.getLogger(__name__)


class Diarizer:
    """What the tasks of this stage do, without Celery. Safe to call from many threads."""

    def __init__(
        self, models: VoiceModels, store: VoiceStore, fetch_audio: Callable[[str], bytes]
    ) -> None:
        """`fetch_audio` gives the PCM under a Redis key or raises AudioExpiredError."""
        self._models = models
        self._store = store
        self._fetch_audio = fetch_audio

    def attribute(self, transcript: Transcript) -> Attribution:
        """A segment for each change of speaker; no segments where nothing was said."""
        job = transcript.job
        told = self._tell(transcript) if transcript.text.strip() else Told(())
        marks = {**job.marks, Stage.DIARIZATION.value: time.time()}
        return Attribution(
            job=job.model_copy(update={"marks": marks}),
            segments=list(told.segments),
            corrections=list(told.corrections),
            language=transcript.language,
            confidence=transcript.confidence,
        )

    def enrol(self, job: EnrolmentJob) -> Enrolled | EnrolmentRefused:
        """Make a voice print of the job's audio and remember it, or say why not."""
        audio = to_samples(self._fetch_audio(job.audio_key))
        heard = enrolment.examine(audio, job.speech_seconds, self._models)
        if isinstance(heard, str):
            return EnrolmentRefused(job=job, code=heard)

        def change(voices: Voices) -> tuple[Voices, Enrolled | EnrolmentRefused]:
            made = enrolment.enrol(
                voices, job, heard, self._models.calibration, self._models.encoder_id
            )
            if isinstance(made, Accepted):
                heard_all = job.model_copy(update={"speech_seconds": heard.spoken})
                return made.voices, Enrolled(job=heard_all, quality=made.quality)
            return voices, EnrolmentRefused(job=job, code=made)

        return self._store.update(job.session_id, change)

    def _tell(self, transcript: Transcript) -> Told:
        job, encoder = transcript.job, self._models.encoder_id
        hearing = self._hear(job)
        if hearing is None:
            return attribution.without_speaker(transcript)

        def change(voices: Voices) -> tuple[Voices, Told | None]:
            mine = voices.of_encoder(encoder)
            if mine is None:
                return voices, None
            return attribution.attribute(mine, transcript, hearing, self._models.calibration)

        told = self._store.update(job.session_id, change)
        if told is None:
            log.error("the session's voices are another encoder's than %s: no speaker", encoder)
            return attribution.without_speaker(transcript)
        return told

    def _hear(self, job: SpeechJob) -> Hearing | None:
        try:
            return listen(to_samples(self._fetch_audio(job.audio_key)), self._models)
        except (AudioExpiredError, EngineError) as error:
            log.warning("the text goes on without a speaker: %s", error)
            return None
