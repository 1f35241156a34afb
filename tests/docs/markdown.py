"""Reads the project's Markdown pages."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def section(text: str, title: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    heading = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert heading, f"no section {title!r}"
    above = rf"^#{{1,{len(heading[1])}}} "
    return re.split(above, text[heading.end() :], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of all tables' rows, without headers."""
    table = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table]
    rules = [i for i, row in enumerate(cells) if set("".join(row)) <= {"-"}]
    headers = {*rules, *(i - 1 for i in rules)}
    return [row for i, row in enumerate(cells) if i not in headers]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
