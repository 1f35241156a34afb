"""The tokenizer: one list of pieces for Korean and English, cut by a Unigram model.

Korean is read as jamo without the spaces between words, so that spacing, which people and speech
recognition do as they please, changes nothing, and 조아 still shares most of 좋아. English
words are whole where their vectors are known, and pieces elsewhere.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE, Unigram
from tokenizers.trainers import BpeTrainer

PAD, UNK, CLS, MASK = "[PAD]", "[UNK]", "[CLS]", "[MASK]"
SPECIAL: Final = (PAD, UNK, CLS, MASK)

BREAK: Final = "\u200b"
"""No piece crosses it, and nothing is left of it: a zero-width space."""

KOREAN_PIECES: Final = 11_000
ENGLISH_PIECES: Final = 1_200
"""For words that are not whole in the vocabulary."""

_LONGEST_PIECE: Final = 16
"""Jamo or letters."""
_PIECE_PENALTY: Final = 4.0
"""Whole English words are preferred to pieces: nats."""
_LETTER_SCORE: Final = -18.0

_HANGUL: Final = "[가-힣ㄱ-ㅎㅏ-ㅣ]"
_AUXILIARIES: Final = (
    "do", "does", "did", "is", "was", "are", "were", "has", "have", "had", "would", "could",
    "should", "ca", "wo", "ai",
)  # fmt: skip


def train(
    korean: Sequence[str], english_words: Sequence[str], more_english: Iterable[str]
) -> Tokenizer:
    """A tokenizer out of Korean texts and of English words, the most frequent first.

    `more_english` are words that frequency leaves out, to be known whole all the same.
    """
    whole = list(dict.fromkeys([*english_words, *more_english]))
    scores: dict[str, float] = {
        word: -math.log(rank + 10) - 2 for rank, word in enumerate(whole) if len(word) > 1
    }
    for piece, score in _learn(english_words, ENGLISH_PIECES):
        scores.setdefault(piece, score - _PIECE_PENALTY)
    for piece, score in _learn(korean, KOREAN_PIECES):
        scores.setdefault(piece, score)
    for code in [
        *range(0x21, 0x7F),
        *range(0x1100, 0x1113),
        *range(0x1161, 0x1176),
        *range(0x11A8, 0x11C3),
    ]:
        scores.setdefault(chr(code).lower(), _LETTER_SCORE)
    vocabulary = [*((name, 0.0) for name in SPECIAL), *sorted(scores.items(), key=lambda s: -s[1])]
    return build(vocabulary)


def build(vocabulary: list[tuple[str, float]]) -> Tokenizer:
    """The tokenizer with these pieces and their log-probabilities."""
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=SPECIAL.index(UNK), byte_fallback=False))
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = _pre_tokenizer()
    tokenizer.add_special_tokens(list(SPECIAL))
    cls = (CLS, SPECIAL.index(CLS))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{CLS} $A", pair=f"{CLS} $A {CLS} $B", special_tokens=[cls]
    )
    return tokenizer


def _learn(texts: Sequence[str], size: int) -> list[tuple[str, float]]:
    """The pieces that byte-pair encoding finds, scored by how often it then uses them.

    Expectation maximisation, the usual way to a Unigram model, takes minutes where this takes
    seconds.
    """
    learner = Tokenizer(BPE())
    learner.normalizer = _normalizer(spaces=True)
    learner.pre_tokenizer = _pre_tokenizer()
    trainer = BpeTrainer(
        vocab_size=size, min_frequency=4, show_progress=False, max_token_length=_LONGEST_PIECE
    )
    learner.train_from_iterator(texts, trainer)
    uses = Counter(piece for coded in learner.encode_batch(texts) for piece in coded.tokens)
    total = sum(uses.values())
    return [(piece, math.log(count / total)) for piece, count in uses.items()]


def _pieces(tokenizer: Tokenizer) -> list[tuple[str, float]]:
    return [(piece, score) for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"]]


def _normalizer(*, spaces: bool = False) -> normalizers.Normalizer:
    contracted = "|".join(rf"\b{auxiliary}" for auxiliary in _AUXILIARIES)
    between_korean_words = Regex(rf"(?<={_HANGUL})\s+(?={_HANGUL})")
    return normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(r"\s*n['’]t\b"), " not"),  # do n't, don't → do not
            normalizers.Replace(Regex(rf"(?<={contracted})nt\b"), " not"),  # as recognisers write
            normalizers.Replace(Regex(r"['’`]"), " "),
            normalizers.Replace(Regex(r"\.{2,}"), "…"),
            normalizers.Replace(Regex("ㅋ{2,}"), "ㅋㅋ"),
            normalizers.Replace(Regex("ㅎ{2,}"), "ㅎㅎ"),
            normalizers.Replace(Regex("[ㅠㅜ]{2,}"), "ㅠㅠ"),
            normalizers.Replace(Regex(r"!{2,}"), "!!"),
            normalizers.Replace(Regex(r"~{2,}"), "~"),
            normalizers.Replace(between_korean_words, " " if spaces else ""),
            normalizers.NFD(),
            normalizers.StripAccents(),
        ]
    )


def _pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(BREAK, "removed"),
            pre_tokenizers.Punctuation("contiguous"),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
