"""Makes prints of another encoder anew from the speech that was kept of them."""

from dataclasses import replace

from contract.errors import AudioUnreadableError, EngineError, SpeakerUnknownError
from contract.speakers import Reembedded
from diarization_worker.models import VoiceModels
from diarization_worker.registry.index import Snapshot
from diarization_worker.registry.listening import LONGEST_S
from diarization_worker.registry.prints import Print, Recording
from diarization_worker.registry.store import PrintStore
from worker_runtime.decoding import decode


def reembed(
    snapshot: Snapshot, store: PrintStore, models: VoiceModels, limit: int, now: str
) -> Reembedded:
    """Make up to `limit` prints anew, each as one step."""
    made = 0
    needs_enrolment: list[str] = []
    outdated = sorted(i for i, p in snapshot.prints.items() if p.encoder != models.encoder_id)
    for place, speaker_id in enumerate(outdated):
        if made == limit:
            return Reembedded(
                made=made, remaining=len(outdated) - place, needs_enrolment=needs_enrolment
            )
        try:
            store.update(speaker_id, lambda before: _made_anew(before, models, now))
            made += 1
        except SpeakerUnknownError:
            continue
        except (AudioUnreadableError, EngineError):
            needs_enrolment.append(speaker_id)
    return Reembedded(made=made, needs_enrolment=needs_enrolment)


def _made_anew(before: Print | None, models: VoiceModels, now: str) -> Print:
    """The same voice by today's encoder; recordings of which nothing was kept are left out.

    Raises SpeakerUnknownError where it was deleted just now, AudioUnreadableError where there is
    nothing to make it of, and EngineError.
    """
    if before is None:
        raise SpeakerUnknownError("deleted just now")
    if before.encoder == models.encoder_id:  # registered anew just now
        return before
    kept = [recording for recording in before.recordings if recording.audio]
    if not kept:
        raise AudioUnreadableError("no speech was kept")
    # Kept speech may have been imported, and so is as little to be trusted as an upload.
    audios = [decode(recording.audio or b"", longest_s=LONGEST_S) for recording in kept]
    recordings = tuple(
        Recording(embedding, recording.seconds, recording.audio)
        for embedding, recording in zip(models.embed(audios), kept, strict=True)
    )
    return replace(before, encoder=models.encoder_id, updated=now, recordings=recordings)
