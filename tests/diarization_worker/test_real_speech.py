"""The embedded encoder and the decisions together, on real voices."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from contract.errors import EngineError
from diarization_worker.encoders.encoder import Audio
from diarization_worker.encoders.resemblyzer import ResemblyzerEncoder
from diarization_worker.live.assignment import Piece, Sample, attribute
from diarization_worker.live.enrolment import VoicePrint, make_voice_print, windows
from diarization_worker.live.speech import find_speech
from diarization_worker.live.voices import Voices
from tests.diarization_worker.real_speech import librispeech, telephone_call
from tests.support.purity import accuracy

Turns = list[tuple[str, Audio]]


@pytest.fixture(scope="module")
def encoder() -> ResemblyzerEncoder:
    return ResemblyzerEncoder.load("cpu")


@pytest.fixture(scope="module")
def telephone() -> Turns:
    """The turns of a call between two women."""
    audio, turns = telephone_call()
    return [(t.who, audio[int(t.start * 16_000) : int(t.end * 16_000)]) for t in turns]


def speakers(encoder: ResemblyzerEncoder, turns: Turns, num_speakers: int = 2) -> list[int | None]:
    """Who each turn is given to, with the default threshold."""
    voices, given = Voices(), []
    for utterance_id, (_, audio) in enumerate(turns, start=1):
        speech = find_speech(audio)
        (embedding,) = encoder.embed([speech.audio])
        pieces = [Piece(0.0, speech.seconds, 0)]
        voices, verdict = attribute(
            voices,
            utterance_id,
            [Sample(embedding, speech.seconds)],
            pieces,
            num_speakers,
            0.6,
            encoder.calibration,
        )
        given.append(verdict.turns[0].speaker_id)
    return given


def score(turns: Turns, given: list[int | None]) -> float:
    return accuracy([(who, label, len(a)) for (who, a), label in zip(turns, given, strict=True)])


def test_embeddings_are_unit_vectors_and_silence_has_none(encoder: ResemblyzerEncoder) -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 8_000).astype(np.float32)
    assert np.linalg.norm(encoder.embed([noise])[0]) == pytest.approx(1, abs=1e-5)
    for nothing in (np.zeros(16_000, np.float32), np.zeros(0, np.float32)):
        with pytest.raises(EngineError):
            encoder.embed([noise, nothing])


def test_two_like_voices_on_one_telephone_line_are_told_apart(
    encoder: ResemblyzerEncoder, telephone: Turns
) -> None:
    given = speakers(encoder, telephone)
    assert score(telephone, given) > 0.85
    assert {label for label in given if label is not None} == {0, 1}


@pytest.mark.data
def test_two_readers_in_turn_are_told_apart(encoder: ResemblyzerEncoder, speech_data: Path) -> None:
    people = librispeech(speech_data)
    for first, second in itertools.combinations(people, 2):
        turns = [
            (who, people[who][i][: seconds * 16_000])
            for i, seconds in enumerate([5, 1, 3, 2, 8])
            for who in (first, second)
        ]
        assert score(turns, speakers(encoder, turns)) > 0.9, (first, second)


@pytest.mark.data
def test_enrolment_takes_one_voice_and_refuses_two(
    encoder: ResemblyzerEncoder, speech_data: Path
) -> None:
    people = list(librispeech(speech_data).values())
    recordings = [spoken[i][:80_000] for spoken in people for i in range(4)]
    halves = [
        np.concatenate([one[i][:48_000], other[i][:48_000]])
        for one, other in itertools.combinations(people, 2)
        for i in range(2)
    ]
    taken = sum(enrolled(encoder, recording) for recording in recordings)
    refused = sum(not enrolled(encoder, recording) for recording in halves)
    assert taken >= 0.95 * len(recordings)
    assert refused >= 0.9 * len(halves)


def enrolled(encoder: ResemblyzerEncoder, recording: Audio) -> bool:
    speech = find_speech(recording)
    whole, *pieces = encoder.embed([speech.audio, *windows(speech.audio)])
    sample = Sample(whole, speech.seconds)
    made = make_voice_print(Voices(), 0, None, sample, pieces, encoder.calibration)
    return isinstance(made, VoicePrint)
