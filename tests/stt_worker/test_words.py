from stt_worker.engine import HeardWord
from stt_worker.words import merge_punctuation, settle


def piece(word: str, start: float = 0.0, end: float = 0.1) -> HeardWord:
    return HeardWord(word, start, end, 0.9)


def words(pieces: list[HeardWord]) -> list[str]:
    return [word.word for word in pieces]


def test_marks_go_to_the_word_they_belong_to() -> None:
    pieces = [' "', "Hello", ",", " he", " said", ".", '"', " (", "No", ")", "?"]
    merged = [word.strip() for word in words(merge_punctuation([piece(p) for p in pieces]))]
    assert merged == ['"Hello,', "he", 'said."', "(No)?"]


def test_a_mark_leaves_the_time_of_its_word_alone() -> None:
    merged = merge_punctuation([piece(" Yes", 0.1, 0.4), piece(".", 0.4, 2.0)])
    assert merged == [HeardWord("Yes.", 0.1, 0.4, 0.9)]


def test_times_never_go_back_nor_leave_the_audio() -> None:
    pieces = [piece(" a", 0.5, 0.4), piece(" b", 0.2, 0.9), piece(" c", 0.8, 1.7)]
    settled = settle(pieces, duration=1.0, trusted_length=100)
    assert [(word.start, word.end) for word in settled] == [(0.5, 0.5), (0.5, 0.9), (0.9, 1.0)]


def test_only_trusted_text_gives_words() -> None:
    pieces = [piece(" See"), piece(" you"), piece("."), piece(" thank"), piece(" thank")]
    settled = settle(pieces, duration=1.0, trusted_length=len("See you. "))
    assert words(settled) == ["See", "you."]


def test_no_pieces_no_words() -> None:
    assert settle([], duration=1.0, trusted_length=0) == []
