"""Spoken turns to learn from, made of the phrases in turns/*.txt.

A film review always has an opinion and a call seldom has one. These turns teach what nobody feels
anything about, and how people put it when they do feel something.
"""

import hashlib
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from analyzer_worker.training.corpus import Example
from contract.values import SentimentLabel

_FOLDER: Final = Path(__file__).parent / "turns"
_SLOT: Final = re.compile(r"\{(\w+)\}")
_PARTICLE: Final = re.compile(r"(\w)(은|이|을|과)⟨")
_WITHOUT_BATCHIM: Final = {"은": "는", "이": "가", "을": "를", "과": "와"}

_OPEN: Final = 5
"""How much more often phrases come that can be filled in many ways."""

Phrases = Mapping[str, list[str]]
"""By the name of their section."""


class Turns:
    """Makes turns of one language."""

    def __init__(self, language: str, *, held_out: bool) -> None:
        """A tenth of the phrasings are kept for `held_out` turns, to calibrate by."""
        self.language = language
        self._phrases = read_phrases(language)
        self._templates: dict[SentimentLabel, list[str]] = {}
        labels: tuple[SentimentLabel, ...] = ("positive", "negative", "neutral")
        for label in labels:
            all_of_them = sorted(set(self._phrases[label]))
            self._templates[label] = [t for t in all_of_them if _is_held_out(t) == held_out]

    def make(self, label: SentimentLabel, count: int, rng: random.Random) -> list[Example]:
        """So many turns, by chance."""
        templates = self._templates[label]
        weights = [_OPEN if "{" in template else 1 for template in templates]
        chosen = rng.choices(templates, weights, k=count)
        return [Example(self._fill(template, rng), label, self.language) for template in chosen]

    def choose(self, slot: str, rng: random.Random) -> str:
        """One of the phrases of a section."""
        return rng.choice(self._phrases[slot])

    def _fill(self, template: str, rng: random.Random) -> str:
        marked = re.sub(r"(?<=\})(은|이|을|과)(?= )", r"\1⟨", template)
        while _SLOT.search(marked):
            marked = _SLOT.sub(lambda slot: self.choose(slot[1], rng), marked)
        return _PARTICLE.sub(_agree, marked)


def read_phrases(language: str) -> Phrases:
    """The sections of a language's file, its Korean predicates conjugated."""
    phrases: dict[str, list[str]] = {}
    section: list[str] = []
    for line in (_FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if name := re.fullmatch(r"\[(\w+)\]", line):
            section = phrases.setdefault(name[1], [])
        elif line and not line.startswith("#"):
            section += [phrase.strip() for phrase in line.split(" | ")]
    if language == "ko":
        for mood in ("good", "bad"):
            adjectives = [*_triples(phrases[mood]), *_hada(phrases.pop(f"{mood}_ha"))]
            phrases[mood] = [form for adjective in adjectives for form in _forms(*adjective)]
            phrases[f"un{mood}"] = [form for words in adjectives for form in _denials(*words)]
        for verbs in ("verb", "good_verb", "bad_verb"):
            forms = [form for verb in _triples(phrases[verbs]) for form in _doings(*verb)]
            phrases[verbs] = [*forms, *_requests(phrases[verbs])] if verbs == "verb" else forms
    return phrases


def _is_held_out(template: str) -> bool:
    return hashlib.sha256(template.encode()).digest()[0] % 10 == 0


def _triples(phrases: list[str]) -> Iterator[tuple[str, str, str]]:
    """`마음에 들 마음에 들어 마음에 들었`: three forms of as many words each."""
    for phrase in phrases:
        words = phrase.split()
        size = len(words) // 3
        stem, plain, past = (" ".join(words[i * size : (i + 1) * size]) for i in range(3))
        yield stem, plain, past


def _hada(roots: list[str]) -> Iterator[tuple[str, str, str]]:
    for root in roots:
        yield f"{root}하", f"{root}해", f"{root}했"


def _polite(plain: str) -> str:
    if plain.endswith("이야"):
        return f"{plain[:-1]}에요"
    return f"{plain[:-1]}예요" if plain.endswith("야") else f"{plain}요"


def _forms(stem: str, plain: str, past: str) -> list[str]:
    return [
        *(
            f"{stem}{ending}"
            for ending in ("네요", "네", "더라고요", "더라", "거든요", "죠", "잖아")
        ),
        plain,
        plain,
        _polite(plain),
        _polite(plain),
        f"{plain} 가지고" if plain.endswith("야") else f"{plain}서",
        *(f"{past}{ending}" for ending in ("어요", "어", "습니다", "네요", "거든요", "는데", "지")),
    ]


def _doings(stem: str, plain: str, past: str) -> list[str]:
    return [
        *(
            f"{stem}{ending}"
            for ending in ("고 있어요", "네요", "는데요", "죠", "지", "고요", "거든요")
        ),
        *(f"{stem}{ending}" for ending in ("던데", "기로 했어요", "는 거예요", "나요", "더라고요")),
        *(f"{plain}{ending}" for ending in ("요", "", "서요", "야 돼요", "도 돼요", "야 해")),
        *(
            f"{past}{ending}"
            for ending in ("어요", "어", "습니다", "나요", "는데", "대요", "죠", "던데")
        ),
    ]


def _requests(triples: list[str]) -> list[str]:
    return [
        f"{plain} {ending}"
        for _, plain, _ in _triples(triples)
        for ending in ("주세요", "볼게요", "줄래", "봐", "봤어요", "주시겠어요")
    ]


def _denials(stem: str, plain: str, past: str) -> list[str]:
    return [
        *(
            f"{stem}지 {ending}"
            for ending in ("않아요", "않네요", "않았어요", "않아", "않더라고요")
        ),
        f"안 {plain}",
        f"안 {_polite(plain)}",
        f"안 {past}어요",
    ]


def _agree(match: re.Match[str]) -> str:
    before, particle = match[1], match[2]
    syllable = ord(before) - 0xAC00
    bare = 0 <= syllable < 11172 and syllable % 28 == 0
    return before + (_WITHOUT_BATCHIM[particle] if bare else particle)
