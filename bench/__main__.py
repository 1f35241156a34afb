"""`python -m bench`: what the pipeline costs on this machine, in about ten minutes."""

import argparse
import resource
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.experiments import Plan, find_limit, measure_overhead, measure_recogniser
from bench.identification import measure_identification
from bench.page import measure_page
from bench.report import Findings, describe_machine, show, to_json
from bench.trial import KINDS
from local_stack.errors import StackError

EXPERIMENTS: Final = ("overhead", "limit", "recogniser", "identification", "page")


def main() -> int:
    """Run what was asked for and print it; nothing here judges the figures."""
    options = _parser().parse_args()
    _allow_many_connections()
    progress = Console(stderr=True, highlight=False)
    plan = Plan(sorted(options.sessions), options.seconds, options.interim, options.replicas)
    findings = Findings(
        command=shlex.join(["python", "-m", "bench", *sys.argv[1:]]),
        machine=describe_machine(),
        replicas=plan.replicas,
    )
    try:
        if options.only in {None, "overhead"}:
            findings.overhead = measure_overhead(plan, progress.print)
        if options.only in {None, "limit"}:
            findings.limit = find_limit(plan, progress.print)
        if options.only in {None, "recogniser"}:
            findings.recogniser = measure_recogniser(plan, progress.print)
        if options.only in {None, "identification"}:
            findings.identification = measure_identification(plan, progress.print)
        if options.only in {None, "page"}:
            findings.page = measure_page(plan, progress.print)
    except StackError as error:
        progress.print(f"error: {error}", markup=False)
        return 1
    show(findings, Console(highlight=False, width=None if sys.stdout.isatty() else 180))
    if options.json:
        options.json.write_text(to_json(findings))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--sessions",
        type=_numbers,
        default=[1, 10, 50, 100],
        metavar="N,…",
        help="how many at once; the search for the limit begins at the most (default 1,10,50,100)",
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=20.0, help="measured time of a trial (default 20)"
    )
    parser.add_argument("--only", choices=EXPERIMENTS)
    parser.add_argument(
        "--interim",
        action=argparse.BooleanOptionalAction,
        help="interim text (default: on, and off as well for the overhead of fewest and most)",
    )
    parser.add_argument(
        "--replicas",
        type=_replicas,
        default={},
        metavar="KIND=N,…",
        help="more processes than one of a kind, e.g. gateway=2,stt_worker=2",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    return parser


def _numbers(text: str) -> list[int]:
    numbers = [int(part) for part in text.split(",")]
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError("there must be one session at least")
    return numbers


def _seconds(text: str) -> float:
    seconds = float(text)
    if seconds < 1:
        raise argparse.ArgumentTypeError("a trial takes one second at least")
    return seconds


def _replicas(text: str) -> Mapping[str, int]:
    replicas = {}
    for part in text.split(","):
        kind, _, number = part.partition("=")
        if kind not in KINDS or not number.isdecimal() or int(number) < 1:
            raise argparse.ArgumentTypeError(f"{part!r} is not KIND=N, KIND one of {KINDS}")
        replicas[kind] = int(number)
    return replicas


def _allow_many_connections() -> None:
    """Raise the soft limit on open files; the stack's processes inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
