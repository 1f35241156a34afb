"""Write the JSON Schema of a recording's result: `python -m scripts.recording_schema`."""

import json
from pathlib import Path
from typing import Final

from contract.recordings import RecordingResult

PATH: Final = Path(__file__).resolve().parent.parent / "docs" / "recording.schema.json"


def schema() -> str:
    """The schema, as the file holds it."""
    return json.dumps(RecordingResult.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(schema())
