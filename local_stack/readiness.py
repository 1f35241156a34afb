"""Waiting for a stack to be ready, and noticing when it never will be."""

import json
import socket
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Sequence
from http.client import HTTPException
from pathlib import Path

from local_stack.errors import StackError
from local_stack.supervision import ProgramState

POLL_S = 0.2
OK = 200
NO_ANSWER = 0
MAX_DEATHS = 3
"""An instance that died this often won't come up."""

LOG_LINES = 20
"""How much of its log tells why."""

Answer = tuple[int, dict[str, str]]
"""Status of a gateway's `GET /ready`, and what it says of each part of the system."""


class Readiness:
    """Watches the processes, the gateways' `GET /ready` and the TCP servers of one stack."""

    def __init__(
        self,
        programs: Callable[[], list[ProgramState]],
        urls: Sequence[str],
        servers: Sequence[tuple[str, int]],
        log: Callable[[str, int], Path],
    ) -> None:
        self._programs = programs
        self._urls = urls
        self._servers = servers
        self._log = log
        self._starts: defaultdict[tuple[str, int], set[int]] = defaultdict(set)

    def wait(self, timeout_s: float | None, report: Callable[[str], None]) -> dict[str, str]:
        """Block until all gateways answer 200 and all servers listen.

        Returns what the first gateway says of each part.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        reported = ""
        while True:
            self._look_for_casualties()
            answers = [_get(f"{url}/ready") for url in self._urls]
            up = all(map(_listens, self._servers))
            if up and all(status == OK for status, _ in answers):
                return answers[0][1] if answers else {}
            awaited = describe_awaited(answers) if up else "tcp"
            if awaited != reported:
                report(f"waiting for {awaited}")
                reported = awaited
            if deadline is not None and time.monotonic() > deadline:
                raise StackError(f"not ready after {timeout_s:g} s: waiting for {awaited}")
            time.sleep(POLL_S)

    def _look_for_casualties(self) -> None:
        for program in self._programs():
            starts = self._starts[program.name, program.index]
            if program.started_at:
                starts.add(program.started_at)
            deaths = len(starts) - (program.pid is not None)
            if deaths >= MAX_DEATHS:
                log = self._log(program.name, program.index)
                raise StackError(
                    f"{program.name} died {deaths} times; the end of {log}:\n{tail(log)}"
                )


def describe_awaited(answers: Sequence[Answer]) -> str:
    """What is still missing, in one line, out of what the gateways say."""
    if any(status == NO_ANSWER for status, _ in answers):
        return "gateway"
    parts = next(parts for status, parts in answers if status != OK)
    missing = [part for part, state in parts.items() if state.startswith("no ")]
    return ", ".join(missing) or "gateway"


def tail(log: Path, lines: int = LOG_LINES) -> str:
    """The last lines of a log."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join(text.splitlines()[-lines:])


def _listens(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=5):
            return True
    except OSError:
        return False


def _get(url: str) -> Answer:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (http, ours)
            return answer.status, _parts(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _parts(error.read())
    except (OSError, HTTPException):
        return NO_ANSWER, {}


def _parts(body: bytes) -> dict[str, str]:
    try:
        parts: dict[str, str] = json.loads(body)
    except ValueError:  # an error page: the gateway isn't itself yet
        return {}
    return parts
