"""An utterance heard → its segments, and corrections of utterances before. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contract.work import Correction, Segment, SpeechJob, Transcript
from diarization_worker.calibration.calibration import Calibration
from diarization_worker.hearing.voices import Hearing
from diarization_worker.live.assignment import PAUSE_S, answer, is_correction
from diarization_worker.live.segments import cut_into_segments
from diarization_worker.live.speakers import find_speakers
from diarization_worker.live.voices import Sample, Turn, Verdict, Voices, pack


@dataclass(frozen=True, slots=True)
class Told:
    """What the client is told with an utterance."""

    segments: tuple[Segment, ...]
    corrections: tuple[Correction, ...] = ()
    """Of utterances before this one."""


def attribute(
    voices: Voices, transcript: Transcript, hearing: Hearing, calibration: Calibration
) -> tuple[Voices, Told]:
    """What to tell, and what the session knows after that.

    The same is told if the same utterance is asked about again, and nothing is learnt twice.
    """
    job = transcript.job
    verdict = voices.verdict_on(job.utterance_id)
    if verdict is not None:
        return voices, Told(_segments(transcript, verdict.turns), verdict.corrections)
    remembered, fresh = list(voices.samples()), _samples(job, hearing)
    samples = remembered + fresh
    speakers = find_speakers(
        voices, samples, job.num_speakers, job.similarity_threshold, calibration
    )
    answers = [
        answer(i, samples, speakers, job.similarity_threshold, calibration)
        for i in range(len(samples))
    ]
    corrected = [
        replace(sample, speaker_id=given.speaker_id, corrections=sample.corrections + 1)
        for sample, given in zip(remembered, answers, strict=False)
        if sample.utterance_id < job.utterance_id and is_correction(sample, given)
    ]
    fresh = [
        replace(sample, speaker_id=given.speaker_id)
        for sample, given in zip(fresh, answers[len(remembered) :], strict=True)
    ]
    turns = _turns(voices, job, hearing, fresh) or (_unheard(voices, job),)
    cut = cut_into_segments(transcript, turns)
    verdict = Verdict(
        job.utterance_id,
        turns,
        _corrections(voices, corrected),
        tuple(
            replace(sample, segment_ids=tuple(s.segment_id for s, owner in cut if owner == i))
            for i, sample in enumerate(fresh)
        ),
    )
    lasting = {speaker.speaker_id for speaker in speakers}
    after = voices.with_samples(corrected).with_verdict(verdict)
    after = replace(after, faded=tuple(v for v in after.faded if v.speaker_id in lasting))
    return after, Told(_segments(transcript, turns), verdict.corrections)


def without_speaker(transcript: Transcript) -> Told:
    """What to tell where no voice can be heard, or be compared with the session's."""
    job = transcript.job
    return Told(_segments(transcript, [Turn(job.start, job.end, None, None)]))


def _segments(transcript: Transcript, turns: Sequence[Turn]) -> tuple[Segment, ...]:
    return tuple(segment for segment, _ in cut_into_segments(transcript, turns))


def _samples(job: SpeechJob, hearing: Hearing) -> list[Sample]:
    samples = []
    for index, voice in enumerate(hearing.voices):
        its = [turn for turn in hearing.turns if turn.voice == index]
        samples.append(
            Sample(
                utterance_id=job.utterance_id,
                index=index,
                packed=pack(voice.embedding),
                seconds=round(voice.seconds, 2),
                start=round(job.start + min(turn.start for turn in its), 3),
                end=round(job.start + max(turn.end for turn in its), 3),
                speaker_id=None,
            )
        )
    return samples


def _turns(
    voices: Voices, job: SpeechJob, hearing: Hearing, samples: Sequence[Sample]
) -> tuple[Turn, ...]:
    return tuple(
        Turn(
            start=round(job.start + turn.start, 3),
            end=round(job.start + turn.end, 3),
            speaker_id=samples[turn.voice].speaker_id,
            speaker=voices.label(samples[turn.voice].speaker_id),
            sample=turn.voice,
        )
        for turn in hearing.turns
    )


def _unheard(voices: Voices, job: SpeechJob) -> Turn:
    """Words without a voice: of whoever spoke just before, if anybody did."""
    before = [s for s in voices.samples() if s.end <= job.start]
    last = max(before, key=lambda s: s.end, default=None)
    if last is None or job.start - last.end > PAUSE_S:
        return Turn(job.start, job.end, None, None)
    return Turn(job.start, job.end, last.speaker_id, voices.label(last.speaker_id))


def _corrections(voices: Voices, corrected: Sequence[Sample]) -> tuple[Correction, ...]:
    """One for each speaker, in order of the segments."""
    by_speaker: dict[int | None, list[str]] = {}
    for sample in corrected:
        if sample.segment_ids:
            by_speaker.setdefault(sample.speaker_id, []).extend(sample.segment_ids)
    return tuple(
        Correction(segment_ids=ids, speaker_id=speaker_id, speaker=voices.label(speaker_id))
        for speaker_id, ids in by_speaker.items()
    )
