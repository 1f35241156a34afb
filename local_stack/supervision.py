"""supervisord, the process manager of the local stack, behind the few calls that we need.

It restarts what dies within a second, gives each service a rotated log and stops them in order;
it is plain Python, needs neither root nor systemd, and has done this since 2004.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

from local_stack.errors import StackError

START_TIMEOUT_S = 15
STOP_TIMEOUT_S = 20
"""A service that takes longer to stop is killed."""


@dataclass(frozen=True, slots=True)
class Program:
    """One instance of a service."""

    name: str
    index: int
    layer: int
    """Lower layers start earlier and stop later."""
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables on top of the supervisor's own."""


@dataclass(frozen=True, slots=True)
class ProgramState:
    """What the supervisor knows of one instance."""

    address: str
    """How the supervisor calls it."""
    name: str
    index: int
    pid: int | None
    """Null while it isn't running."""
    started_at: int
    """Seconds since the epoch; changes with each start, which are a second apart at least."""


class Supervisor:
    """A running supervisord. It stops, in order, when the thread that started it ends."""

    def __init__(
        self, run_dir: Path, programs: Sequence[Program], environment: Mapping[str, str]
    ) -> None:
        """Start the programs, lowest layer first; raises StackError."""
        # Not in run_dir: the path of a Unix socket may have no more than 107 bytes.
        self._socket_dir = tempfile.TemporaryDirectory(prefix="sori-")
        socket = Path(self._socket_dir.name) / "supervisor.sock"
        self._url = f"unix://{socket}"
        file = run_dir / "supervisord.conf"
        file.write_text(configuration(run_dir, socket, programs))
        command = (sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--silent")
        # In a process group of its own: Ctrl-C in a terminal is for us alone.
        self._process = subprocess.Popen(  # noqa: S603 (our own command)
            [*tied_to_parent("TERM"), *command, "-c", str(file)],
            env=environment,
            process_group=0,
            stdin=subprocess.DEVNULL,
        )
        try:
            self._wait_until_it_answers(run_dir / "logs" / "supervisord.log")
        except BaseException:
            self._kill()
            raise

    def programs(self) -> list[ProgramState]:
        """The state of every instance; raises StackError when the supervisor is gone."""
        return [_state(info) for info in self._call("getAllProcessInfo")]

    def restart(self, name: str) -> None:
        """Stop each instance of a service in good order, start it again, wait until it runs."""
        for program in self.programs():
            if program.name == name:
                self._call("stopProcess", program.address)
                self._call("startProcess", program.address)

    def alive(self) -> bool:
        """Whether the supervisor itself runs."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Block until the supervisor ends."""
        self._process.wait()

    def stop(self) -> None:
        """Stop everything in order and wait for it. Interrupted, it kills instead."""
        try:
            groups = [program.pid for program in self.programs() if program.pid]
        except StackError:  # it is gone, and what it ran with it
            groups = []
        self._process.terminate()
        try:
            self._process.wait()
        finally:
            self._kill()
            _kill_groups(groups)

    def _kill(self) -> None:
        # The programs are tied to the supervisor and die with it.
        self._process.kill()
        self._process.wait()
        self._socket_dir.cleanup()

    def _wait_until_it_answers(self, log: Path) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                self._call("getState")
            except StackError as error:
                if not self.alive() or time.monotonic() > deadline:
                    raise StackError(f"supervisord did not start; see {log}") from error
                time.sleep(0.05)
            else:
                return

    def _call(self, method: str, *arguments: str) -> Any:
        # A connection per call: callers may be on several threads.
        transport = SupervisorTransport(serverurl=self._url)
        try:
            with xmlrpc.client.ServerProxy("http://supervisor", transport) as server:
                return getattr(server.supervisor, method)(*arguments)
        except (OSError, xmlrpc.client.Error) as error:
            raise StackError(f"the process supervisor refused {method}: {error}") from error


def tied_to_parent(signal_name: str) -> tuple[str, ...]:
    """Prefix of a command that gets this signal from the kernel when its parent dies."""
    return ("setpriv", "--pdeathsig", signal_name)


def _kill_groups(groups: Sequence[int]) -> None:
    """Kill the processes that programs started and left: each program leads a process group."""
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def configuration(run_dir: Path, socket: Path, programs: Sequence[Program]) -> str:
    """The supervisord.conf that starts `programs` layer by layer and stops them in the reverse."""
    sections = [
        _section(
            "supervisord",
            logfile=run_dir / "logs" / "supervisord.log",
            logfile_maxbytes="10MB",
            logfile_backups=1,
            pidfile=run_dir / "supervisord.pid",
        ),
        _section("unix_http_server", file=socket, chmod="0700"),
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
    ]
    for layer in sorted({program.layer for program in programs}):
        members = [program for program in programs if program.layer == layer]
        names = ",".join(f"{program.name}-{program.index}" for program in members)
        # supervisord stops a group as one, and the next only when all of it is gone.
        sections.append(_section(f"group:{layer}", programs=names, priority=layer))
        sections.extend(_program(program) for program in members)
    return "\n".join(sections)


def _program(program: Program) -> str:
    environment = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
    return _section(
        f"program:{program.name}-{program.index}",
        command=shlex.join([*tied_to_parent("KILL"), *program.command]),
        environment=environment,
        autorestart="true",
        # Trouble at the start is tried again for ever, each time a second later than before.
        startretries=1_000_000,
        startsecs=1,
        stopwaitsecs=STOP_TIMEOUT_S,
        killasgroup="true",
        # Expanded twice by supervisord 4.3, so its percent signs are doubled once more.
        stdout_logfile=str(program.log).replace("%", "%%"),
        redirect_stderr="true",
        stdout_logfile_maxbytes="10MB",
        stdout_logfile_backups=3,
    )


def _state(info: Mapping[str, Any]) -> ProgramState:
    name, _, index = info["name"].rpartition("-")
    address = f"{info['group']}:{info['name']}"
    return ProgramState(address, name, int(index), info["pid"] or None, info["start"])


def _section(title: str, **options: object) -> str:
    lines = (f"{name} = {str(value).replace('%', '%%')}\n" for name, value in options.items())
    return f"[{title}]\n" + "".join(lines)
