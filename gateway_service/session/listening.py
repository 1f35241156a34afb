"""A transcription in progress: audio goes in, committed utterances and passing events come out."""

import time
from collections.abc import Iterable

from contract.audio import samples_to_seconds
from contract.events import SpeechEnded
from contract.events import SpeechStarted as SpeechStartedEvent
from contract.names import audio_key
from contract.work import CUT, HEARD, Hypothesis, SpeechJob
from gateway_service.delivery.outbox import Outbox
from gateway_service.endpointing.endpointer import (
    Checkpoint,
    Endpointer,
    SpeechStarted,
    Utterance,
)
from gateway_service.session.interim import InterimLane
from gateway_service.session.ledger import Ledger
from gateway_service.session.record import SessionRecord, Settings, checkpoint_fields
from gateway_service.session.services import Services


class Listening:
    """Endpointing for one session: each utterance is committed to Redis before it is sent on."""

    def __init__(
        self,
        record: SessionRecord,
        settings: Settings,
        checkpoint: Checkpoint,
        next_utterance: int,
        services: Services,
        ledger: Ledger,
        outbox: Outbox,
    ) -> None:
        self._record = record
        self._settings = settings
        self._services = services
        self._ledger = ledger
        self._outbox = outbox
        self._endpointer = Endpointer(settings.parameters, checkpoint)
        self._committed = checkpoint
        self._interim = InterimLane(
            record, settings, services.redis, services.dispatcher, services.watch.crowded
        )
        self.next_utterance = next_utterance

    async def hear(self, pcm: bytes) -> None:
        """Take in audio; raises SessionTakenOverError when another gateway holds the session."""
        await self._handle(self._endpointer.feed(pcm, time.time()))
        if self._settings.interim and self._endpointer.in_speech and self._interim.due():
            self._interim.ask(self.next_utterance, self._endpointer.audio_so_far())
        if self._endpointer.checkpoint != self._committed:
            self._interim.finish()
            await self._commit_checkpoint()

    async def finalize(self) -> None:
        """End the utterance in progress now."""
        await self._handle(self._endpointer.flush(time.time()))
        await self._commit_checkpoint()

    def impression(self, hypothesis: Hypothesis) -> None:
        """Tell the client what the utterance in progress sounds like."""
        partial = self._interim.heard(hypothesis)
        if partial is not None:
            self._outbox.push(partial)

    async def _handle(self, found: Iterable[SpeechStarted | Utterance]) -> None:
        for item in found:
            if isinstance(item, SpeechStarted):
                self._outbox.push(
                    SpeechStartedEvent(
                        session_id=self._record.session_id,
                        utterance_id=self.next_utterance,
                        time=samples_to_seconds(item.sample),
                    )
                )
            else:
                await self._commit(item)

    async def _commit(self, utterance: Utterance) -> None:
        await self._ledger.wait_for_room()
        session_id, utterance_id = self._record.session_id, self.next_utterance
        parameters = self._settings.parameters
        job = SpeechJob(
            session_id=session_id,
            utterance_id=utterance_id,
            audio_key=audio_key(session_id, utterance_id),
            start=samples_to_seconds(utterance.start),
            end=samples_to_seconds(utterance.end),
            speech_start=samples_to_seconds(utterance.speech_start),
            speech_end=samples_to_seconds(utterance.speech_end),
            language=parameters.language,
            prompt=self._settings.prompt,
            num_speakers=parameters.num_speakers,
            similarity_threshold=parameters.similarity_threshold,
            marks={HEARD: utterance.heard_at, CUT: time.time()},
        )
        fields = {
            **checkpoint_fields(utterance.checkpoint),
            "next_utterance": utterance_id + 1,
        }
        await self._services.store.commit(self._record, fields, job, utterance.pcm)
        self._committed = utterance.checkpoint
        self.next_utterance += 1
        self._interim.finish()
        self._outbox.push(
            SpeechEnded(session_id=session_id, utterance_id=utterance_id, time=job.end)
        )
        await self._ledger.send(job)

    async def _commit_checkpoint(self) -> None:
        checkpoint = self._endpointer.checkpoint
        await self._services.store.commit(self._record, checkpoint_fields(checkpoint))
        self._committed = checkpoint
