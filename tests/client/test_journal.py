import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.errors import AudioLostError
from client.journal import AudioHistory, Journal
from contract.audio import MAX_PACKET_BYTES, SAMPLE_RATE
from contract.client_messages import (
    Close,
    CompleteSpeakerRegistration,
    Finalize,
    StartSpeakerRegistration,
    StartTranscription,
    StopTranscription,
    UseSpeakers,
)
from contract.errors import WrongStateError
from contract.events import (
    Error,
    SessionResumed,
    SpeakerRegistrationCompleted,
    SpeakerRegistrationStarted,
    TranscriptionStarted,
    TranscriptionStopped,
)
from contract.parameters import Parameters
from tests.client.gateway import STATS

STARTED = TranscriptionStarted(session_id="s", parameters=Parameters())
STOPPED = TranscriptionStopped.model_validate({"session_id": "s", "stats": STATS, "reason": ""})
REGISTERING = SpeakerRegistrationStarted(session_id="s", speaker_id=0, message="")
REFUSED = Error(session_id="s", code="X", message="no")
START, STOP = StartTranscription(), StopTranscription()


def resumed(state: str, samples: int = 0) -> SessionResumed:
    fields = {"session_id": "s", "state": state, "samples_received": samples}
    return SessionResumed.model_validate(fields)


def registered(speaker_id: int) -> SpeakerRegistrationCompleted:
    return SpeakerRegistrationCompleted(
        session_id="s", speaker_id=speaker_id, message="", speech_seconds=3, quality=1
    )


def transcribing(*packets: bytes) -> Journal:
    journal = Journal()
    journal.begin(START)
    journal.observe(STARTED)
    for packet in packets:
        journal.audio(packet)
    return journal


@given(
    packets=st.lists(st.binary(max_size=40).map(lambda data: data[: len(data) // 2 * 2])),
    keep=st.integers(1, 30),
    start=st.integers(0, 400),
)
def test_history_is_the_end_of_what_was_appended(
    packets: list[bytes], keep: int, start: int
) -> None:
    history = AudioHistory(keep / SAMPLE_RATE)
    for packet in packets:
        history.append(packet)
    whole = b"".join(packets)
    total = len(whole) // 2
    assert history.end == total
    if max(0, total - keep) <= start <= total:
        history.check(start)
        assert b"".join(history.between(start, total)) == whole[start * 2 :]
    else:
        with pytest.raises(AudioLostError):
            history.check(start)


def test_history_comes_in_packets_a_server_takes() -> None:
    history = AudioHistory()
    history.append(bytes(MAX_PACKET_BYTES * 2 + 2))
    sizes = [len(packet) for packet in history.between(0, history.end)]
    assert sizes == [MAX_PACKET_BYTES, MAX_PACKET_BYTES, 2]


def test_audio_is_sent_again_from_where_the_server_is() -> None:
    assert transcribing(b"aabb", b"ccdd").missing(resumed("transcribing", 3)) == [b"dd"]


def test_everything_there_is_nothing_missing() -> None:
    assert transcribing(b"aabb").missing(resumed("transcribing", 2)) == []


def test_finalize_is_sent_again_at_its_place() -> None:
    journal = transcribing(b"aa")
    journal.finalize()
    journal.audio(b"bb")
    journal.finalize()
    journal.audio(b"cc")
    again = journal.missing(resumed("transcribing", 1))
    assert again == [Finalize(), b"bb", Finalize(), b"cc"]
    assert journal.missing(resumed("transcribing", 2)) == [Finalize(), b"cc"]


def test_stop_is_sent_again_only_while_the_server_still_listens() -> None:
    journal = transcribing(b"aa")
    journal.end(STOP)
    assert journal.missing(resumed("transcribing")) == [b"aa", STOP]
    assert journal.missing(resumed("stopping")) == []
    assert journal.missing(resumed("idle")) == []


def test_start_is_sent_again_only_while_the_server_has_not_heard_it() -> None:
    journal = Journal()
    journal.begin(START)
    assert journal.missing(resumed("idle")) == [START]
    assert journal.missing(resumed("transcribing")) == []


def test_close_is_sent_again_until_the_session_has_ended() -> None:
    journal = transcribing(b"aa")
    journal.close()
    assert journal.missing(resumed("transcribing")) == [b"aa", Close()]
    assert journal.missing(resumed("stopping")) == [Close()]
    assert journal.missing(resumed("ended")) == []


def test_a_new_transcription_counts_anew() -> None:
    journal = transcribing(b"aabb")
    journal.end(STOP)
    journal.observe(STOPPED)
    journal.begin(START)
    journal.observe(STARTED)
    journal.audio(b"cc")
    assert journal.missing(resumed("transcribing", 0)) == [b"cc"]


def test_a_server_ahead_of_the_client_is_an_error() -> None:
    with pytest.raises(AudioLostError):
        transcribing(b"aa").missing(resumed("transcribing", 2))


def test_a_refused_start_is_over() -> None:
    journal = Journal()
    journal.begin(START)
    journal.observe(Error(session_id="s", code="X", message="no"))
    journal.begin(START)
    assert journal.missing(resumed("idle")) == [START]


def test_an_error_in_the_middle_ends_nothing() -> None:
    journal = transcribing(b"aa")
    journal.observe(Error(session_id="s", code="X", message="no"))
    assert journal.missing(resumed("transcribing")) == [b"aa"]


def test_a_registration_begins_anew_unless_it_is_being_worked_on() -> None:
    begin, end = StartSpeakerRegistration(speaker_id=0), CompleteSpeakerRegistration(speaker_id=0)
    journal = Journal()
    journal.begin(begin)
    assert journal.missing(resumed("idle")) == [begin]
    journal.observe(REGISTERING)
    journal.audio(b"aa")
    assert journal.missing(resumed("enrolling", 7)) == [begin, b"aa"]
    # Sent again, but not acknowledged again: audio goes on all the same.
    journal.audio(b"bb")
    journal.observe(REGISTERING)
    journal.end(end)
    assert journal.missing(resumed("idle")) == []
    assert journal.missing(resumed("enrolling")) == [begin, b"aabb", end]


def test_a_registration_is_over_with_its_own_answer_or_an_error() -> None:
    for answer in (registered(0), REFUSED):
        journal = Journal()
        journal.begin(StartSpeakerRegistration(speaker_id=0))
        journal.observe(REGISTERING)
        journal.observe(registered(0))  # of voices that were asked for twice
        journal.end(CompleteSpeakerRegistration(speaker_id=0))
        journal.observe(registered(1))
        with pytest.raises(WrongStateError, match="still under way"):
            journal.begin(START)
        journal.observe(answer)
        journal.begin(START)


@pytest.mark.parametrize("answer", [registered(1), REFUSED], ids=["all there", "refused"])
def test_voices_are_asked_for_again_until_the_last_one_is_there(
    answer: SpeakerRegistrationCompleted | Error,
) -> None:
    voices = UseSpeakers(speakers=["kim", "lee"])
    journal = Journal()
    journal.use_speakers(voices)
    journal.observe(registered(0))
    assert journal.missing(resumed("idle")) == [voices]
    with pytest.raises(WrongStateError, match="use_speakers is still under way"):
        journal.begin(START)
    with pytest.raises(WrongStateError, match="use_speakers is still under way"):
        journal.use_speakers(voices)
    journal.observe(answer)
    assert journal.missing(resumed("idle")) == []
    journal.begin(START)
    with pytest.raises(WrongStateError, match="start_transcription is still under way"):
        journal.use_speakers(voices)


def test_voices_of_a_session_that_is_over_are_not_asked_for() -> None:
    journal = Journal()
    journal.use_speakers(UseSpeakers(speakers=["kim"]))
    journal.close()
    assert journal.missing(resumed("ended")) == []


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(WrongStateError, match="nothing listens"):
        Journal().audio(b"aa")
    journal = Journal()
    journal.begin(START)
    with pytest.raises(WrongStateError, match="nothing listens"):
        journal.audio(b"aa")
    journal.observe(STARTED)
    with pytest.raises(WrongStateError, match="not what is under way"):
        journal.end(CompleteSpeakerRegistration(speaker_id=0))
    journal.end(STOP)
    with pytest.raises(WrongStateError, match="stop_transcription was sent already"):
        journal.audio(b"aa")
    with pytest.raises(WrongStateError, match="still under way"):
        journal.begin(START)
    journal.close()
    with pytest.raises(WrongStateError, match="being closed"):
        journal.close()
