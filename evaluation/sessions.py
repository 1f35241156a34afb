"""Live sessions without a server: the real endpointer, the real voices, no recogniser.

Words are made up, four a second, since no recogniser's are exact: a word lies where its quarter of
a second of the utterance does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from contract.audio import SAMPLE_RATE
from contract.parameters import Parameters
from contract.values import Word
from contract.work import SpeechJob, Transcript
from diarization_worker.encoders.encoder import Audio
from diarization_worker.live.attribution import attribute
from diarization_worker.live.audio import to_samples
from diarization_worker.live.listening import listen
from diarization_worker.live.voices import Voice, Voices, pack
from diarization_worker.models import VoiceModels
from gateway_service.endpointing.endpointer import Endpointer, Utterance

WORD_S = 0.25


@dataclass(slots=True)
class Stretch:
    """Something told: a segment or a turn, with its first speaker and its last."""

    start: float
    end: float
    first: int | None
    last: int | None


@dataclass(slots=True)
class Course:
    """What was told in a session."""

    segments: dict[str, Stretch] = field(default_factory=dict)
    turns: list[tuple[Stretch, tuple[str, ...]]] = field(default_factory=list)
    """Each with the segments that would correct it."""
    corrections: int = 0
    """Of segments."""
    flips: int = 0
    """Corrections back to what was told before."""

    def corrected_turns(self) -> Iterator[Stretch]:
        """The turns, the corrections of their segments applied."""
        for turn, segment_ids in self.turns:
            last = next((self.segments[i].last for i in segment_ids), turn.first)
            yield Stretch(turn.start, turn.end, turn.first, last)


def utterances(audio: Audio) -> list[Utterance]:
    """The audio as the gateway cuts it with default parameters."""
    pcm = (np.clip(audio, -1, 1) * 32_767).astype("<i2").tobytes()
    endpointer = Endpointer(Parameters())
    events = [*endpointer.feed(pcm, 0.0), *endpointer.flush(0.0)]
    return [event for event in events if isinstance(event, Utterance)]


def stream(
    audio: Audio,
    models: VoiceModels,
    enrolled: Sequence[Audio] = (),
    num_speakers: int = 2,
    similarity_threshold: float = 0.6,
) -> Course:
    """Stream a recording through a session in which these voices are enrolled as 0, 1, …"""
    voices = Voices()
    for speaker_id, (embedding, sample) in enumerate(
        zip(models.embed(enrolled) if enrolled else [], enrolled, strict=True)
    ):
        seconds = len(sample) / SAMPLE_RATE
        voice = Voice(speaker_id, None, pack(embedding), seconds)
        voices = voices.with_enrolled(voice, models.encoder_id)
    course = Course()
    told: dict[str, list[int | None]] = {}
    for number, utterance in enumerate(utterances(audio), start=1):
        transcript = _transcript(number, utterance, num_speakers, similarity_threshold)
        hearing = listen(to_samples(utterance.pcm), models)
        voices, answer = attribute(voices, transcript, hearing, models.calibration)
        for segment in answer.segments:
            course.segments[segment.segment_id] = Stretch(
                segment.start, segment.end, segment.speaker_id, segment.speaker_id
            )
            told[segment.segment_id] = [segment.speaker_id]
        for correction in answer.corrections:
            for segment_id in correction.segment_ids:
                course.segments[segment_id].last = correction.speaker_id
                course.corrections += 1
                course.flips += correction.speaker_id in told[segment_id]
                told[segment_id].append(correction.speaker_id)
        verdict = voices.verdict_on(number)
        for turn in verdict.turns if verdict else ():
            its = verdict.samples[turn.sample].segment_ids if verdict and verdict.samples else ()
            stretch = Stretch(turn.start, turn.end, turn.speaker_id, turn.speaker_id)
            course.turns.append((stretch, its))
    return course


def _transcript(
    number: int, utterance: Utterance, num_speakers: int, similarity_threshold: float
) -> Transcript:
    start, end = utterance.start / SAMPLE_RATE, utterance.end / SAMPLE_RATE
    starts = np.arange(start, end, WORD_S).tolist()
    words = [Word(word="a", start=s, end=min(s + WORD_S, end), confidence=1.0) for s in starts]
    job = SpeechJob(
        session_id="evaluation",
        utterance_id=number,
        audio_key="",
        start=start,
        end=end,
        speech_start=utterance.speech_start / SAMPLE_RATE,
        speech_end=utterance.speech_end / SAMPLE_RATE,
        language="en",
        prompt=None,
        num_speakers=num_speakers,
        similarity_threshold=similarity_threshold,
        marks={},
    )
    text = " ".join(word.word for word in words)
    return Transcript(job=job, text=text, words=words, language="en", confidence=1.0)
