"""`python -m bench.recordings`: what whole recordings cost, step by step, on this machine."""

import argparse
import itertools
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bench.recordings.measuring import WATCHED, measure_live, run
from bench.recordings.table import HEAD, KEY, live_lines, row
from bench.report import describe_machine

ENGINES: Final = ("pocketsphinx", "whisper")


def main() -> int:
    """Measure what was asked for, and print a line for each recording as soon as it is done."""
    options = _parser().parse_args()
    _say(f"$ python -m bench.recordings {' '.join(sys.argv[1:])}".rstrip())
    _say(describe_machine())
    _say(KEY)
    figures: list[dict[str, Any]] = []
    for engine, workers in itertools.product(options.engine, options.workers):
        if options.minutes:
            _say(f"\n{engine}, {workers} STT worker{'s' * (workers > 1)}\n{HEAD}")
        for findings in run(engine, workers, options.minutes, options.kill):
            _say(row(findings))
            figures.append(asdict(findings))
        if options.live:
            neighbours = measure_live(engine, workers)
            _say(live_lines(neighbours))
            figures.append(asdict(neighbours))
    if options.json:
        options.json.write_text("".join(json.dumps(each) + "\n" for each in figures))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.recordings", description=__doc__)
    parser.add_argument(
        "--minutes", type=float, nargs="*", default=[1, 10, 60], help="lengths (1 10 60)"
    )
    parser.add_argument(
        "--engine",
        choices=(*ENGINES, "instant"),
        nargs="+",
        default=list(ENGINES),
        help="whisper is a made checkpoint of its smallest size, instant answers at once",
    )
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="STT workers (1 2)")
    parser.add_argument(
        "--live",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="live latency beside a recording as well",
    )
    parser.add_argument(
        "--kill",
        choices=WATCHED,
        nargs="+",
        default=[],
        help="kill one process of each of these during each recording",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there as well")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
