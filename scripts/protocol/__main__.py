"""`python -m scripts.protocol`: write docs/protocol.md anew."""

from pathlib import Path
from typing import Final

from scripts.protocol.page import protocol_page

PAGE: Final = Path(__file__).parents[2] / "docs" / "protocol.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(protocol_page())


if __name__ == "__main__":
    main()
