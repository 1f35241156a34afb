"""A handful of reviews of our own, in the files and formats that training reads."""

from pathlib import Path

KOREAN = [('정말 "좋은 영화', 1), ("최악의 영화", 0), ("배우들이 좋았다", 1), ("돈이 아깝다", 0)]
ENGLISH = [
    ("a lovely film", 1),
    ("a dull film", 0),
    ("it 's moving and wise", 1),
    ("tired jokes", 0),
]


def write_reviews(folder: Path, copies: int = 30) -> None:
    """The same few reviews, numbered, so that each part gets some."""
    rows = ["id\tdocument\tlabel\trating\tmovie_id", "0\t\t1\t10\t1"]
    rows += [f"{n}\t{text}\t{label}\t9\t1" for n, (text, label) in enumerate(KOREAN)]
    for copy in range(copies):
        rows += [f"{copy}\t{text} {copy}\t{label}\t9\t1" for text, label in KOREAN]
    (folder / "nsmc_train.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    lines = [f"{text} {copy}\t{label}\n" for copy in range(copies) for text, label in ENGLISH]
    (folder / "sst2_train.tsv").write_text("".join(lines[4:]), encoding="utf-8")
    (folder / "sst2_dev.tsv").write_text("".join(lines[:4] + lines[4:8]), encoding="utf-8")
