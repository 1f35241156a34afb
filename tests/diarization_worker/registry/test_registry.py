import re
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from contract.errors import (
    EncoderChangedError,
    InvalidMessageError,
    SeveralVoicesError,
    SpeakerUnknownError,
    SpeechTooShortError,
    VoiceMismatchError,
)
from contract.speakers import (
    SPEAKER_ID_PATTERN,
    Answer,
    Delete,
    Deleted,
    DrawMap,
    Export,
    Exported,
    Identified,
    Identify,
    Import,
    Imported,
    ListPrints,
    Map,
    Prints,
    Question,
    Reembed,
    Reembedded,
    Register,
    Registered,
    Show,
)
from diarization_worker.registry import registry as registry_module
from diarization_worker.registry.index import Index
from diarization_worker.registry.reembedding import reembed
from diarization_worker.registry.registry import Registry
from diarization_worker.registry.transfer import now
from tests.diarization_worker.registry.conftest import OpenStore
from tests.diarization_worker.registry.voices import (
    ANNA,
    BEN,
    CLARA,
    axis,
    silence,
    stored_print,
    tone_models,
    voice,
    wav,
)

UPLOADS: Mapping[str, bytes] = {
    "anna": wav(voice(ANNA, 4.0)),
    "anna again": wav(voice(ANNA, 3.0)),
    "anna briefly": wav(voice(ANNA, 1.2)),
    "ben": wav(voice(BEN, 4.0)),
    "clara": wav(voice(CLARA, 4.0)),
    "anna and ben": wav(voice(ANNA, 3.0), silence(0.5), voice(BEN, 3.0)),
}

Ask = Callable[[Question], Answer]


@pytest.fixture
def worker(open_store: OpenStore) -> Callable[..., Ask]:
    """Starts one more worker on the same store."""

    def start(model: str = "one", keep_samples: bool = False) -> Ask:
        registry = Registry(tone_models(model), open_store(), keep_samples=keep_samples)
        return lambda question: registry.answer(question, UPLOADS.__getitem__)

    return start


Worker = Callable[..., Ask]


def register(
    ask: Ask, speaker_id: str | None, *uploads: str, name: str | None = None
) -> Registered:
    answer = ask(Register(speaker_id=speaker_id, name=name, uploads=list(uploads)))
    assert isinstance(answer, Registered)
    return answer


def identify(ask: Ask, upload: str, threshold: float = 0.7, top_k: int = 5) -> Identified:
    answer = ask(Identify(upload=upload, threshold=threshold, top_k=top_k))
    assert isinstance(answer, Identified)
    return answer


def listed(ask: Ask) -> list[str]:
    answer = ask(ListPrints())
    assert isinstance(answer, Prints)
    return [p.speaker_id for p in answer.prints]


def test_who_is_registered_is_identified_by_every_worker(worker: Worker) -> None:
    ask, other = worker(), worker()
    assert register(ask, "anna", "anna", name="Anna").voice_print.name == "Anna"
    register(ask, "ben", "ben")
    found = identify(other, "anna again")
    assert (found.speaker_id, found.known, found.outdated) == ("anna", True, 0)
    assert [(c.speaker_id, c.name) for c in found.candidates] == [("anna", "Anna"), ("ben", None)]
    assert found.score == found.candidates[0].score > 0.85
    assert len(identify(other, "ben", top_k=1).candidates) == 1


def test_a_stranger_is_nobody(worker: Worker) -> None:
    ask = worker()
    assert identify(ask, "clara").candidates == []
    assert identify(ask, "clara").score == 0
    register(ask, "anna", "anna")
    found = identify(ask, "clara")
    assert (found.speaker_id, found.known) == (None, False)
    assert found.score == found.candidates[0].score < 0.4
    assert identify(ask, "clara", threshold=0.0).speaker_id == "anna"


def test_recordings_add_up(worker: Worker) -> None:
    ask, other = worker(), worker()
    first = register(ask, "anna", "anna", name="Anna")
    second = register(other, "anna", "anna again", "anna briefly")
    assert (first.voice_print.samples, second.voice_print.samples) == (1, 3)
    assert second.voice_print.name == "Anna"
    assert second.voice_print.speech_seconds == pytest.approx(8.2, abs=0.3)
    assert second.quality > first.quality
    assert second.voice_print.created == first.voice_print.created


def test_who_has_no_id_gets_one_that_nobody_guesses(worker: Worker) -> None:
    ask = worker()
    ids = [register(ask, None, "anna").voice_print.speaker_id for _ in range(2)]
    assert ids[0] != ids[1]
    for speaker_id in ids:
        assert re.match(SPEAKER_ID_PATTERN, speaker_id)
        assert len(re.findall("[0-9a-f]", speaker_id.partition("-")[2])) == 32


def test_what_makes_no_print_leaves_none(worker: Worker) -> None:
    ask = worker()
    with pytest.raises(SpeechTooShortError, match="2 s needed"):
        register(ask, "anna", "anna briefly")
    with pytest.raises(SeveralVoicesError, match=r"^recording 2: more than one voice"):
        register(ask, "anna", "anna", "anna and ben")
    with pytest.raises(VoiceMismatchError, match="different voices"):
        register(ask, "anna", "anna", "ben")
    with pytest.raises(InvalidMessageError, match="is reserved"):
        register(ask, "map.svg", "anna")
    assert listed(ask) == []
    register(ask, "anna", "anna")
    register(ask, "anna", "anna briefly")
    with pytest.raises(VoiceMismatchError):
        register(ask, "anna", "ben")
    (voice_print,) = ask(Show(speaker_id="anna")).prints  # type: ignore[union-attr]
    assert voice_print.samples == 2


def test_several_voices_are_not_identified(worker: Worker) -> None:
    with pytest.raises(SeveralVoicesError):
        identify(worker(), "anna and ben")


def test_who_is_deleted_is_gone_from_every_worker(worker: Worker) -> None:
    ask, other = worker(), worker()
    register(ask, "anna", "anna")
    assert identify(other, "anna").known
    assert ask(Delete(speaker_id="anna")) == Deleted(speaker_id="anna")
    assert identify(other, "anna").candidates == []
    for question in (Delete(speaker_id="anna"), Show(speaker_id="anna")):
        with pytest.raises(SpeakerUnknownError, match="anna"):
            other(question)


def test_prints_are_listed_by_id_a_page_at_a_time(worker: Worker) -> None:
    ask = worker()
    for speaker_id in ("b", "c", "a"):
        register(ask, speaker_id, "anna")
    page = ask(ListPrints(offset=1, limit=1))
    assert isinstance(page, Prints)
    assert ([p.speaker_id for p in page.prints], page.total) == (["b"], 3)
    assert page.prints[0].embedding is None
    shown = ask(Show(speaker_id="a", embedding=True))
    assert isinstance(shown, Prints)
    assert (shown.prints[0].encoder, shown.total) == ("tones/one", 1)
    assert np.linalg.norm(shown.prints[0].embedding or []) == pytest.approx(1)


def test_an_export_can_be_imported_elsewhere(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = worker(keep_samples=True)
    register(ask, "anna", "anna", "anna again", name="Anna")
    register(ask, "ben", "ben")
    monkeypatch.setattr(registry_module, "EXPORT_BYTES", 1)
    pages = [ask(Export(offset=offset)) for offset in (0, 1, 2)]
    assert [len(p.prints) for p in pages] == [1, 1, 0]  # type: ignore[union-attr]
    prints = [p for page in pages if isinstance(page, Exported) for p in page.prints]
    assert all(sample.audio_base64 for p in prints for sample in p.samples)
    before = ask(ListPrints(embedding=True))
    for speaker_id in ("anna", "ben"):
        ask(Delete(speaker_id=speaker_id))
    assert ask(Import(prints=prints)) == Imported(count=2)
    assert ask(ListPrints(embedding=True)) == before
    assert identify(ask, "anna").speaker_id == "anna"
    assert ask(Export()) == Exported(prints=prints[:1], total=2)
    worker()(Import(prints=prints))
    stripped = worker()(Export())
    assert isinstance(stripped, Exported)
    assert not any(sample.audio_base64 for p in stripped.prints for sample in p.samples)


def test_an_import_is_taken_whole_or_not_at_all(worker: Worker) -> None:
    ask = worker()
    register(ask, "anna", "anna")
    (good,) = ask(Export()).prints  # type: ignore[union-attr]
    ask(Delete(speaker_id="anna"))
    short = good.samples[0].model_copy(update={"embedding": [1.0]})
    bad = good.model_copy(update={"speaker_id": "ben", "samples": [short]})
    with pytest.raises(InvalidMessageError, match="ben: an embedding has 1 dimensions"):
        ask(Import(prints=[good, bad]))
    assert listed(ask) == []
    foreign = bad.model_copy(update={"encoder": "other/x"})
    assert ask(Import(prints=[good, foreign])) == Imported(count=2)
    assert identify(ask, "anna").outdated == 1


def test_another_encoders_prints_are_told_and_not_compared(worker: Worker) -> None:
    old, new = worker("one"), worker("two")
    register(old, "anna", "anna")
    with pytest.raises(EncoderChangedError, match="every voice print"):
        identify(new, "anna")
    with pytest.raises(EncoderChangedError, match="made by tones/one"):
        register(new, "anna", "anna")
    register(new, "ben", "ben")
    found = identify(new, "anna")
    assert (found.known, found.outdated) == (False, 1)
    assert [c.speaker_id for c in found.candidates] == ["ben"]


def test_prints_are_made_anew_from_what_was_kept(worker: Worker) -> None:
    keeping, forgetting, new = worker(keep_samples=True), worker(), worker("two")
    for speaker_id in ("anna", "benjamin"):
        register(keeping, speaker_id, "anna" if speaker_id == "anna" else "ben", name="N")
    register(forgetting, "anna", "anna again")
    register(forgetting, "clara", "clara")
    assert new(Reembed(limit=1)) == Reembedded(made=1, remaining=2, needs_enrolment=[])
    assert new(Reembed(limit=5)) == Reembedded(made=1, remaining=0, needs_enrolment=["clara"])
    found = identify(new, "anna")
    assert (found.speaker_id, found.outdated) == ("anna", 1)
    (shown,) = new(Show(speaker_id="anna")).prints  # type: ignore[union-attr]
    assert (shown.encoder, shown.samples, shown.name) == ("tones/two", 1, "N")
    assert new(Reembed()) == Reembedded(made=0, remaining=0, needs_enrolment=["clara"])


def test_a_print_that_is_deleted_meanwhile_is_not_made_anew(open_store: OpenStore) -> None:
    store, models = open_store(), tone_models()
    store.write([stored_print("anna", axis(ANNA), encoder="tones/old")])
    before = Index(store, models.encoder_id, models.calibration).current()
    store.delete("anna")
    assert reembed(before, store, models, 5, now()) == Reembedded(made=0, needs_enrolment=[])
    assert store.read("anna") is None


def test_the_map_shows_todays_prints(worker: Worker) -> None:
    register(worker("old"), "outdated", "anna")
    ask = worker()
    register(ask, "ben", "ben", name="Ben")
    answer = ask(DrawMap())
    assert isinstance(answer, Map)
    assert "Ben" in answer.svg
    assert "outdated" not in answer.svg
