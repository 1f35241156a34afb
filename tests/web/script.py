"""A conversation to play: who said what, and how it felt."""

from datetime import UTC, datetime, timedelta
from typing import Any

Event = dict[str, Any]

BEGAN = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)

KOREAN = [
    (0, "미나", "안녕하세요, 지난주에 옮긴 새 사무실은 좀 어떠세요?", "neutral", 0.71),
    (1, "준호", "정말 좋아요! 창밖으로 강이 보여서 아침마다 기분이 상쾌해요.", "positive", 0.97),
    (1, "준호", "회의실도 조용하고요.", "positive", 0.83),
    (
        0,
        "미나",
        "부럽네요. 저희 쪽은 공사 소음 때문에 하루 종일 집중하기가 힘들어요.",
        "negative",
        0.91,
    ),
    (0, "미나", "이번 주까지는 계속된다고 하더라고요.", "negative", 0.66),
    (1, "준호", "그럼 목요일 발표 연습은 여기서 같이 하실래요?", "neutral", 0.58),
    (0, "미나", "그래도 괜찮을까요? 그러면 너무 감사하죠.", "positive", 0.94),
    (1, "준호", "물론이죠. 오후 두 시에 큰 회의실을 예약해 둘게요.", "positive", 0.77),
    (0, "미나", "완벽해요. 자료는 오늘 저녁까지 정리해서 보내드릴게요.", "positive", 0.88),
]

ENGLISH = [
    (0, "Mina", "Hi! How is the new office, now that everybody has moved in?", "neutral", 0.71),
    (
        1,
        "Juno",
        "I love it. You can see the river from every desk, and mornings feel fresh.",
        "positive",
        0.97,
    ),
    (1, "Juno", "The meeting rooms are quiet, too.", "positive", 0.83),
    (
        0,
        "Mina",
        "Lucky you. With the drilling next door I can hardly hear myself think.",
        "negative",
        0.91,
    ),
    (0, "Mina", "It will go on until Friday, they say.", "negative", 0.66),
    (1, "Juno", "Then why don't we rehearse Thursday's talk over here?", "neutral", 0.58),
    (0, "Mina", "Would that be all right? That would help me so much.", "positive", 0.94),
    (1, "Juno", "Of course. I'll book the large room for two o'clock.", "positive", 0.77),
    (0, "Mina", "Perfect. You will have my slides by this evening.", "positive", 0.88),
]


def transcription(
    number: int,
    speaker_id: int | None,
    speaker: str | None,
    text: str,
    mood: str = "neutral",
    score: float = 0.9,
) -> Event:
    """The event of the `number`th utterance, a whole one."""
    start = 4.2 * number
    words = text.split()
    length = 0.35 * len(words)
    rest = (1 - score) / 2
    return {
        "type": "transcription",
        "utterance_id": number + 1,
        "segment_id": f"{number + 1}.1",
        "speaker_id": speaker_id,
        "speaker": speaker,
        "text": text,
        "timestamp": (BEGAN + timedelta(seconds=start + length)).isoformat(),
        "start": start,
        "end": start + length,
        "words": [
            {
                "word": word,
                "start": start + 0.35 * at,
                "end": start + 0.35 * (at + 1),
                "confidence": 0.9,
            }
            for at, word in enumerate(words)
        ],
        "language": "ko" if any("가" <= letter <= "힣" for letter in text) else "en",
        "confidence": 0.9,
        "sentiment": {
            "label": mood,
            "score": score,
            "scores": {"positive": rest, "negative": rest, "neutral": rest} | {mood: score},
        },
        "latency_ms": {"total": 640 + 90 * (number * 7 % 5), "stt": 300},
    }


def started() -> Event:
    """The server agrees to transcribe."""
    return {"type": "transcription_started", "parameters": {}}


def stopped() -> Event:
    """Everything owed was sent; the page makes its own numbers."""
    return {"type": "transcription_stopped", "stats": {}, "reason": "stopped"}
