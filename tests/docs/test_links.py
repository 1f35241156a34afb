import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, anchors

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked.read_text()), target


def test_every_decision_is_listed_once_in_its_order() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"^\d+\. \[.*\]\((.*)\)$", (folder / "README.md").read_text(), re.MULTILINE)
    assert listed == sorted(path.name for path in folder.glob("0*.md"))
    for number, name in enumerate(listed, start=1):
        text = (folder / name).read_text()
        assert text.startswith(f"# {number}. ")
        titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert titles == ["Context", "Decision", "Consequences", "Alternatives"]
