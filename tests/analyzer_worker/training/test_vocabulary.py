import unicodedata

import pytest
from tokenizers import Tokenizer

from analyzer_worker.training.vocabulary import BREAK, CLS, train

KOREAN = ["정말 좋아요", "정말 싫어요", "너무 좋네요 ㅋㅋㅋ", "재미없어요"] * 20
WORDS = ["it", "is", "not", "good", "do", "wo", "the", "fun", "un", "ny"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train(KOREAN, WORDS, ["marvellous"])


def cut(tokenizer: Tokenizer, text: str) -> list[str]:
    return [unicodedata.normalize("NFC", piece) for piece in tokenizer.encode(text).tokens]


def test_korean_is_read_without_its_spaces(tokenizer: Tokenizer) -> None:
    assert cut(tokenizer, "정말 좋아요") == cut(tokenizer, "정말좋아요")
    assert "".join(cut(tokenizer, "정말 좋아요")[1:]) == "정말좋아요"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("It isn't GOOD", ["it", "is", "not", "good"]),
        ("it is n't good", ["it", "is", "not", "good"]),
        ("it isnt good", ["it", "is", "not", "good"]),
        ("won't", ["wo", "not"]),
        ("marvellous", ["marvellous"]),
        ("unfun", ["un", "fun"]),
        ("27", ["2", "7"]),
        ("", []),
    ],
)
def test_english(tokenizer: Tokenizer, text: str, pieces: list[str]) -> None:
    assert cut(tokenizer, text) == [CLS, *pieces]


def test_laughter_is_as_long_as_it_is_loud(tokenizer: Tokenizer) -> None:
    assert cut(tokenizer, "ㅋㅋㅋㅋㅋㅋ") == cut(tokenizer, "ㅋㅋ")


def test_no_piece_crosses_a_break(tokenizer: Tokenizer) -> None:
    assert cut(tokenizer, f"정{BREAK}말")[1:] == [
        *cut(tokenizer, "정")[1:],
        *cut(tokenizer, "말")[1:],
    ]
