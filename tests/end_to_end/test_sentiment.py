"""How it felt: what the running stack says is what the model says, and the numbers add up."""

from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from analyzer_worker.analyzer import Text
from analyzer_worker.embedded import EmbeddedAnalyzer
from contract.values import Figures, Sentiment, SpeakerCounts
from local_stack.stack import Stack
from tests.end_to_end.conftest import INSTANT
from tests.support.recounting import recount
from tests.support.sounds import silence, syllables, to_pcm
from tests.support.wire import Event, Wire, wire

UTTERANCES = 16
PAUSES = [6.0 if number % 7 == 6 else 0.8 for number in range(UTTERANCES)]
"""Seconds: some are long enough to end a monologue."""

TALK = to_pcm(
    np.concatenate(
        [
            part
            for number, pause in enumerate(PAUSES)
            for part in (syllables(1 + number % 3 / 2, number), silence(pause))
        ]
    )
)


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two listeners, real sentences and the embedded model; nobody else's sessions."""
    engines = {
        **INSTANT,
        "STT_ENGINE": "tests.support.talkative_engines:TalkativeRecogniser",
        "SPEAKER_ENCODER": "tests.support.talkative_engines:TwoVoices",
        "SENTIMENT_MODEL": "embedded",
    }
    with Stack(tmp_path_factory.mktemp("talkative"), engines, {"listener": 2}) as running:
        running.wait_ready(timeout_s=90)
        yield running


@pytest.fixture(scope="module")
def embedded() -> EmbeddedAnalyzer:
    return EmbeddedAnalyzer.load()


async def converse(live: Wire, stack: Stack) -> list[Event]:
    """A session in the middle of which a listener dies and another takes over."""
    await live.say("start_transcription", interim=False)
    half = len(TALK) // 4 * 2
    await live.audio(TALK[:half])
    await live.until("transcription", 3)
    stack.kill("listener")
    await live.audio(TALK[half:])
    await live.say("stop_transcription")
    await live.until("transcription_stopped", patience=60)
    return live.of("transcription")


async def test_labels_are_the_models_own_and_statistics_a_recount(
    talkative: Stack, embedded: EmbeddedAnalyzer
) -> None:
    async with httpx.AsyncClient(base_url=talkative.url(), timeout=30) as http:
        before = await today(http)
        async with wire(talkative.url()) as live:
            said = await converse(live, talkative)
        after = await today(http)
        answer = await http.post("/sentiment", json={"texts": [event["text"] for event in said]})

    assert {event["utterance_id"] for event in said} == set(range(1, UTTERANCES + 1))
    own = embedded.analyze([Text(event["text"], event["language"]) for event in said])
    assert [Sentiment.model_validate(event["sentiment"]) for event in said] == own
    assert {event["sentiment"]["label"] for event in said} == {"positive", "negative", "neutral"}
    assert answer.json() == [
        {**event["sentiment"], "language": event["language"]} for event in said
    ]

    stats = live.of("transcription_stopped")[0]["stats"]
    speakers, overall = recount(live.events)
    assert [SpeakerCounts.model_validate(one) for one in stats["speakers"]] == speakers
    assert Figures.model_validate(stats["overall"]) == overall
    assert len(speakers) > 1
    assert overall.longest_monologue_seconds > 0
    assert after["utterances"] - before["utterances"] == UTTERANCES
    assert after["words"] - before["words"] == overall.words
    assert after["sentiment"]["positive"]["count"] == overall.positive


async def test_texts_are_judged_without_a_session(
    talkative: Stack, embedded: EmbeddedAnalyzer
) -> None:
    texts = ["정말 최고예요", "this is awful", "네", "", "12", "c'est nul"]
    async with httpx.AsyncClient(base_url=talkative.url(), timeout=30) as http:
        answer = await http.post("/sentiment", json={"texts": texts})
        french = await http.post("/sentiment", json={"texts": ["c'est nul"], "language": "fr"})

    assert answer.status_code == 200
    assert [one["language"] for one in answer.json()] == ["ko", "en", "ko", "und", "und", "en"]
    own = embedded.analyze(
        [Text(text, one["language"]) for text, one in zip(texts, answer.json(), strict=True)]
    )
    for one, sentiment in zip(answer.json(), own, strict=True):
        assert isinstance(sentiment, Sentiment)
        assert one == {**sentiment.model_dump(), "language": one["language"]}
    assert [one["label"] for one in answer.json()[:3]] == ["positive", "negative", "neutral"]
    assert french.json()[0] | {"scores": {}} == {
        "label": "neutral", "score": 0.333, "scores": {}, "language": "fr",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"texts": []}, "texts"),
        ({"texts": ["네"] * 65}, "texts"),
        ({"texts": ["x" * 2001]}, "texts.0"),
        ({"texts": [1]}, "texts.0"),
        ({"texts": ["네"], "language": "korean"}, "language"),
        ({}, "texts"),
    ],
)
async def test_what_is_no_question_is_refused(
    talkative: Stack, body: dict[str, object], complaint: str
) -> None:
    async with httpx.AsyncClient(base_url=talkative.url()) as http:
        answer = await http.post("/sentiment", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_MESSAGE")
    assert answer.json()["message"].startswith(complaint)


async def today(http: httpx.AsyncClient) -> Event:
    """The last of the days that the history tells of."""
    days = (await http.get("/stats/history", params={"days": 2})).json()
    assert len(days) == 2
    last: Event = days[-1]
    return last
