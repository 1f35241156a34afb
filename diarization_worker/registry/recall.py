"""Voices of the registry that come into a live session."""

from contract.errors import EncoderChangedError
from contract.work import Recalled, RecalledVoice, RecallJob
from diarization_worker.live.voice_store import VoiceStore
from diarization_worker.live.voices import Voice, Voices, pack
from diarization_worker.models import VoiceModels
from diarization_worker.registry.prints import Print, quality
from diarization_worker.registry.registry import Registry


def recall(job: RecallJob, registry: Registry, voices: VoiceStore, models: VoiceModels) -> Recalled:
    """Have all of the job's voices known in its session, under the speaker ids 0, 1, …; or none.

    Raises SpeakerUnknownError, and EncoderChangedError where today's encoder did not make one.
    """
    prints = [registry.known(speaker_id) for speaker_id in job.speakers]
    for voice_print in prints:
        if voice_print.encoder != models.encoder_id:
            raise EncoderChangedError(
                f"the voice print of {voice_print.speaker_id} was made by {voice_print.encoder},"
                f" and {models.encoder_id} is at work: it must be registered anew"
            )

    def enrol(before: Voices) -> tuple[Voices, None]:
        for speaker_id, voice_print in enumerate(prints):
            before = before.with_enrolled(_voice(speaker_id, voice_print), models.encoder_id)
        return before, None

    voices.update(job.session_id, enrol)
    return Recalled(
        job=job,
        voices=[
            RecalledVoice(
                speaker_id=speaker_id,
                name=voice_print.name,
                speech_seconds=round(voice_print.seconds, 3),
                quality=quality(voice_print, models.calibration),
            )
            for speaker_id, voice_print in enumerate(prints)
        ],
    )


def _voice(speaker_id: int, voice_print: Print) -> Voice:
    return Voice(
        speaker_id=speaker_id,
        name=voice_print.name,
        packed=pack(voice_print.centroid),
        seconds=voice_print.seconds,
    )
