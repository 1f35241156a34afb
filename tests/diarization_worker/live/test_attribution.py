import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.values import Word
from contract.work import CORRECTABLE_UTTERANCES, Correction, Transcript
from diarization_worker.encoders.encoder import Embedding
from diarization_worker.hearing.voices import Hearing
from diarization_worker.live.attribution import Told, attribute, without_speaker
from diarization_worker.live.voices import KEEP_SAMPLES, Voice, Voices, pack
from tests.diarization_worker.live.voices_of import ANNA, BEN, CALIBRATION, CARL, hearing, like
from tests.support.jobs import speech_job, transcript

Parts = list[tuple[Embedding, float]]


def utterance(number: int, seconds: float, num_speakers: int = 2, pause: float = 5.0) -> Transcript:
    """With a word each half second; utterances are 10 s long and `pause` apart."""
    start = number * (10 + pause)
    job = speech_job(number, num_speakers=num_speakers).model_copy(
        update={"start": start, "end": start + seconds}
    )
    starts = np.arange(start, start + seconds, 0.5).tolist()
    words = [Word(word=f"w{i}", start=s, end=s + 0.5, confidence=1) for i, s in enumerate(starts)]
    said = transcript(job, " ".join(word.word for word in words))
    return said.model_copy(update={"words": words})


def hear(
    voices: Voices, number: int, *parts: tuple[Embedding, float], num_speakers: int = 2
) -> tuple[Voices, Told]:
    seconds = sum(length for _, length in parts)
    said = utterance(number, seconds, num_speakers)
    return attribute(voices, said, hearing(*parts), CALIBRATION)


def converse(
    *utterances: Parts, voices: Voices | None = None, num_speakers: int = 2
) -> tuple[Voices, list[Told]]:
    voices, told = voices or Voices("x"), []
    for number, parts in enumerate(utterances, start=1):
        voices, answer = hear(voices, number, *parts, num_speakers=num_speakers)
        told.append(answer)
    return voices, told


def first_told(told: list[Told]) -> list[int | None]:
    return [segment.speaker_id for answer in told for segment in answer.segments]


def settled(told: list[Told]) -> dict[str, int | None]:
    """Whose each segment is in the end."""
    speakers = {s.segment_id: s.speaker_id for answer in told for s in answer.segments}
    for answer in told:
        for correction in answer.corrections:
            assert set(correction.segment_ids) <= set(speakers)
            speakers |= dict.fromkeys(correction.segment_ids, correction.speaker_id)
    return speakers


def print_of(speaker_id: int, name: str, voice: Embedding) -> Voice:
    return Voice(speaker_id, name, pack(voice), 5.0)


def test_two_voices_in_turn_get_two_labels() -> None:
    _, told = converse(*[[(who, 3.0)] for who in (ANNA, BEN, ANNA, BEN, BEN)])
    assert first_told(told) == [0, 1, 0, 1, 1]
    assert told[1].segments[0].speaker == "SPEAKER_01"
    assert not any(answer.corrections for answer in told)


def test_an_utterance_is_cut_where_the_voice_changes() -> None:
    _, (told,) = converse([(ANNA, 3.0), (BEN, 2.0), (ANNA, 1.5)])
    assert [(s.segment_id, s.speaker_id, len(s.words)) for s in told.segments] == [
        ("1.1", 0, 6),
        ("1.2", 1, 4),
        ("1.3", 0, 3),
    ]


def test_enrolled_speakers_are_called_by_name_and_a_third_voice_by_none() -> None:
    known = Voices("x", enrolled=(print_of(3, "Anna", ANNA), print_of(5, "Ben", BEN)))
    _, told = converse([(ANNA, 2.0)], [(CARL, 4.0)], [(BEN, 2.0)], voices=known)
    assert [(a.segments[0].speaker_id, a.segments[0].speaker) for a in told] == [
        (3, "Anna"),
        (None, None),
        (5, "Ben"),
    ]


def test_a_first_word_too_short_to_know_a_voice_by_is_corrected_when_it_is_known() -> None:
    _, told = converse([(ANNA, 0.5)], [(BEN, 4.0)], [(ANNA, 4.0)])
    assert first_told(told) == [None, 0, 1]
    assert told[1].corrections == ()
    assert told[2].corrections == (
        Correction(segment_ids=["1.1"], speaker_id=1, speaker="SPEAKER_01"),
    )


def test_a_voice_founded_on_little_that_proves_to_be_another_is_corrected() -> None:
    """Anna is hoarse at first: her second word founds a voice. Then what lies between is heard."""
    hoarse = like(ANNA, CARL, 0.3, seconds=1.2)
    middle = np.asarray(ANNA + hoarse, np.float32)
    middle /= np.linalg.norm(middle)
    _, told = converse([(ANNA, 3.0)], [(hoarse, 1.2)], [(middle, 8.0)], [(BEN, 4.0)])
    assert first_told(told)[:2] == [0, 1]
    assert settled(told)["2.1"] == 0
    assert len(set(settled(told).values())) == 2


def test_a_discovered_voice_that_enrols_later_is_corrected_to_its_name() -> None:
    voices, _ = converse([(ANNA, 3.0)], [(BEN, 3.0)])
    voices = voices.with_enrolled(print_of(7, "Ben", BEN), "x")
    _, answer = hear(voices, 3, (ANNA, 3.0))
    assert first_told([answer]) == [0]
    assert answer.corrections == (Correction(segment_ids=["2.1"], speaker_id=7, speaker="Ben"),)


def test_whoever_enrols_under_a_discovered_voices_id_does_not_become_it() -> None:
    voices, _ = converse([(ANNA, 3.0)], [(BEN, 3.0)], num_speakers=3)
    voices = voices.with_enrolled(print_of(0, "Carl", CARL), "x")
    _, answer = hear(voices, 3, (ANNA, 3.0), num_speakers=3)
    (segment,), (correction,) = answer.segments, answer.corrections
    assert segment.speaker_id not in {0, 1}
    assert (correction.segment_ids, correction.speaker_id) == (["1.1"], segment.speaker_id)


def test_only_utterances_before_are_corrected_the_others_with_the_next() -> None:
    voices, first = hear(Voices("x"), 2, (ANNA, 0.5))
    voices, before = hear(voices, 1, (ANNA, 4.0))
    _, after = hear(voices, 3, (BEN, 4.0))
    assert first_told([first, before, after]) == [None, 0, 1]
    assert before.corrections == ()
    assert [c.segment_ids for c in after.corrections] == [["2.1"]]


def test_asked_again_the_same_is_told_and_nothing_learnt() -> None:
    voices, told = converse([(ANNA, 0.5)], [(BEN, 4.0)], [(ANNA, 4.0)], [(BEN, 2.0)])
    assert told[2].corrections
    for number, parts in ((3, (ANNA, 4.0)), (4, (BEN, 2.0)), (1, (ANNA, 0.5))):
        again, answer = hear(voices, number, parts)
        assert answer == told[number - 1]
        assert again == voices


def test_a_word_without_a_voice_goes_to_who_spoke_just_before() -> None:
    voices, _ = hear(Voices("x"), 1, (ANNA, 10.0))
    for pause, speaker_id in ((0.5, 0), (3.0, None)):
        said = utterance(2, 0.5)
        start = voices.verdicts[0].samples[0].end + pause
        job = said.job.model_copy(update={"start": start, "end": start + 0.5})
        after, told = attribute(
            voices, said.model_copy(update={"job": job}), Hearing(), CALIBRATION
        )
        assert [s.speaker_id for s in told.segments] == [speaker_id]
        assert len(after.verdicts) == 2


def test_without_a_speaker_the_text_is_told_whole() -> None:
    (segment,) = without_speaker(utterance(1, 2.0)).segments
    assert (segment.speaker_id, segment.speaker, segment.text) == (None, None, "w0 w1 w2 w3")


def test_a_long_session_remembers_its_speakers_and_stays_small() -> None:
    voices, _ = converse([(ANNA, 6.0)], [(BEN, 6.0)])
    for number in range(3, 2 * KEEP_SAMPLES):
        voices, _ = hear(voices, number, (ANNA, 4.0))
    assert [voice.speaker_id for voice in voices.faded] == [0, 1]
    assert len(list(voices.samples())) == KEEP_SAMPLES
    _, told = hear(voices, 1000, (BEN, 3.0))
    assert first_told([told]) == [1]


def test_what_can_be_corrected_the_listener_still_knows() -> None:
    assert KEEP_SAMPLES <= CORRECTABLE_UTTERANCES


def person(weights: tuple[float, ...]) -> Embedding:
    vector = np.asarray(weights, np.float32)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


people = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)
utterances = st.lists(
    st.lists(st.tuples(people.map(person), st.floats(0.3, 4)), min_size=1, max_size=3),
    min_size=1,
    max_size=10,
)


@settings(max_examples=25, deadline=None)
@given(utterances, st.integers(0, 3))
def test_never_more_speakers_than_asked_for_and_none_swayed_about(
    said: list[Parts], num_speakers: int
) -> None:
    voices, told, given = Voices("x"), [], {}
    for number, parts in enumerate(said, start=1):
        voices, answer = hear(voices, number, *parts, num_speakers=num_speakers)
        told.append(answer)
        for segment in answer.segments:
            given[segment.segment_id] = [segment.speaker_id]
        for correction in answer.corrections:
            for segment_id in correction.segment_ids:
                assert int(segment_id.split(".")[0]) < number
                assert given[segment_id][-1] != correction.speaker_id
                given[segment_id].append(correction.speaker_id)
        speakers = {s.speaker_id for s in answer.segments} - {None}
        assert num_speakers == 0 or len(speakers) <= num_speakers
    assert all(len(answers) <= 3 for answers in given.values())


@settings(max_examples=25, deadline=None)
@given(utterances, st.data())
def test_hearing_an_utterance_again_changes_nothing(said: list[Parts], data: st.DataObject) -> None:
    voices, told = converse(*said)
    number = data.draw(st.integers(1, len(said)))
    assert hear(voices, number, *said[number - 1]) == (voices, told[number - 1])


def test_another_sound_under_the_same_number_changes_nothing() -> None:
    voices, told = converse([(ANNA, 3.0)], [(BEN, 3.0)])
    again = attribute(voices, utterance(2, 3.0), hearing((CARL, 3.0)), CALIBRATION)
    assert again == (voices, told[1])
