"""`python -m evaluation`: the figures about speakers, on the recordings that SORI_DATA names."""

import argparse
import os
import sys
import time
from pathlib import Path

from rich.console import Console

from contract.errors import ModelUnavailableError
from diarization_worker.models import load
from diarization_worker.settings import DiarizationSettings
from evaluation import identification, live, recordings
from evaluation.tables import show

EVALUATIONS = {
    "identification": identification.run,
    "recordings": recordings.run,
    "live": live.run,
}


def main() -> int:
    """Run what was asked for and print it; nothing here judges the figures."""
    options = _parser().parse_args()
    progress = Console(stderr=True, highlight=False)
    if options.data is None or not options.data.is_dir():
        progress.print("error: name the folder of recordings: SORI_DATA=DIR or --data DIR")
        return 1
    try:
        models = load(DiarizationSettings())
    except ModelUnavailableError as error:
        progress.print(f"error: {error}", markup=False)
        return 1
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    console.print(f"Encoder: {models.encoder_id} on {models.engine.device}. {models.note}")
    for name, run in EVALUATIONS.items():
        if options.only in {None, name}:
            began = time.monotonic()
            progress.print(f"{name} …")
            for table in run(options.data, models):
                show(table, console)
            progress.print(f"{name} took {time.monotonic() - began:.0f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    data = os.environ.get("SORI_DATA")
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument("--only", choices=tuple(EVALUATIONS))
    parser.add_argument(
        "--data", type=Path, default=Path(data) if data else None, help="instead of SORI_DATA"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
