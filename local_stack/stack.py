"""The whole stack as one object: start it, reach it, hurt it, stop it."""

import fcntl
import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from local_stack.errors import StackError
from local_stack.ports import free_ports, is_free
from local_stack.readiness import Readiness
from local_stack.services import GATEWAY, REDIS, SERVICES, Service, redis_lock, redis_service
from local_stack.supervision import Program, Supervisor


class Stack:
    """Every service of Sori as a process on this machine, restarted within a second when it dies.

        with Stack(run_dir, {"STT_ENGINE": "pocketsphinx"}, {"stt_worker": 2}) as stack:
            stack.wait_ready(timeout_s=60)
            stack.kill("stt_worker", 1)

    Leaving the block stops everything in order. Should this process be killed, the kernel sees to
    it that the stack ends too; it also ends with the thread that entered the block.

    Logs are in `run_dir/logs`, Redis keeps its data in `run_dir/redis`.
    """

    def __init__(
        self,
        run_dir: Path,
        environment: Mapping[str, str] | None = None,
        replicas: Mapping[str, int] | None = None,
        services: Sequence[Service] = SERVICES,
    ) -> None:
        """Plan a stack of `services`, one instance of each or as many as `replicas` says.

        `environment` goes to the services on top of this process's own. It alone decides on
        REDIS_URL (default: a Redis of our own) and on GATEWAY_HOST and GATEWAY_PORT of the first
        gateway (default: 127.0.0.1 and a free port; further gateways always get free ports).
        """
        own = environment or {}
        self._run_dir = run_dir.resolve()
        self._host = own.get("GATEWAY_HOST", "127.0.0.1")
        self._services = list(services)
        self._replicas = {service.name: 1 for service in services} | dict(replicas or {})
        redis_port, *ports = free_ports(1 + self._replicas.get(GATEWAY, 0), self._host)
        if "GATEWAY_PORT" in own:
            ports[0] = _port(own["GATEWAY_PORT"])
        self._gateway_ports = ports
        self.redis_url = own.get("REDIS_URL", "")
        if not self.redis_url:
            self.redis_url = f"redis://127.0.0.1:{redis_port}/0"
            self._services.insert(0, redis_service(redis_port, self._redis_dir))
            self._replicas[REDIS] = 1
        self._environment = {
            **os.environ,
            **own,
            "MEDIA_STORE": own.get("MEDIA_STORE") or str(self._run_dir / "media"),
            "REDIS_URL": self.redis_url,
            "GATEWAY_HOST": self._host,
        }
        self._supervisor: Supervisor | None = None

    def __enter__(self) -> Self:
        """Start every process; returns before they are ready. Raises StackError."""
        self._check_the_ground()
        (self._run_dir / "logs").mkdir(parents=True, exist_ok=True)
        self._redis_dir.mkdir(exist_ok=True)
        programs = [
            self._program(service, index)
            for service in self._services
            for index in range(self._replicas[service.name])
        ]
        self._supervisor = Supervisor(self._run_dir, programs, self._environment)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop everything: gateways first, Redis last. Interrupted, it kills what is left."""
        supervisor, self._supervisor = self._running, None
        supervisor.stop()

    def url(self, index: int = 0) -> str:
        """Where a gateway listens, as seen from this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host, self._host)  # noqa: S104
        return f"http://{host}:{self._gateway_ports[index]}"

    def urls(self) -> list[str]:
        """Where all gateways listen."""
        return [self.url(index) for index in range(len(self._gateway_ports))]

    def log(self, name: str, index: int = 0) -> Path:
        """The log of an instance."""
        return self._run_dir / "logs" / (f"{name}-{index}.log" if index else f"{name}.log")

    def wait_ready(
        self, timeout_s: float | None = None, report: Callable[[str], None] = lambda line: None
    ) -> dict[str, str]:
        """Block until every gateway says that speech can be transcribed; returns what runs.

        `report` is told, in a line each, what is still awaited. Raises StackError with the end of
        its log when a service keeps dying, or when `timeout_s` pass.
        """
        readiness = Readiness(self._running.programs, self.urls(), self.log)
        return readiness.wait(timeout_s, report)

    def wait_until_it_ends(self) -> None:
        """Block for as long as the stack lives."""
        self._running.wait()

    def pid(self, name: str, index: int = 0) -> int | None:
        """The process of an instance; null while it is down."""
        for program in self._running.programs():
            if (program.name, program.index) == (name, index):
                return program.pid
        raise StackError(f"there is no {name}:{index} in this stack")

    def processes(self, name: str) -> list[int]:
        """The processes of a service that run now."""
        programs = self._running.programs()
        return [program.pid for program in programs if program.name == name and program.pid]

    def kill(self, name: str, index: int = 0, signal_number: int = signal.SIGKILL) -> None:
        """Send a signal to an instance; killed, it is restarted within about a second."""
        pid = self.pid(name, index)
        if pid is None:
            raise StackError(f"{name}:{index} is down already")
        os.kill(pid, signal_number)

    def restart_redis(self) -> None:
        """Stop the stack's own Redis and start it again with its data; blocks for about 1 s."""
        self._running.restart(REDIS)

    @property
    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise StackError("the stack isn't running")
        return self._supervisor

    @property
    def _redis_dir(self) -> Path:
        return self._run_dir / "redis"

    def _program(self, service: Service, index: int) -> Program:
        own = {"GATEWAY_PORT": str(self._gateway_ports[index])} if service.name == GATEWAY else {}
        log = self.log(service.name, index)
        return Program(service.name, index, service.layer, service.command, log, own)

    def _check_the_ground(self) -> None:
        for program in ("setpriv", "flock", *(s.command[0] for s in self._services)):
            if shutil.which(program) is None:
                raise StackError(f"{program} is not installed; `make setup` says how to get it")
        for port in self._gateway_ports:
            if not is_free(port, self._host):
                raise StackError(
                    f"port {port} is taken by another program; choose one with GATEWAY_PORT"
                )
        if _is_locked(redis_lock(self._redis_dir)):
            raise StackError(f"another stack runs in {self._run_dir}; stop it first")


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65_536):
        raise StackError(f"GATEWAY_PORT must be a port number, not {text!r}")
    return int(text)


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
