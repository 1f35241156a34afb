"""The stack's promises, kept with a real redis-server and stand-ins for the services."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from local_stack.errors import StackError
from local_stack.services import Service
from local_stack.stack import Stack
from tests.local_stack.processes import descendants, gone
from tests.support.waiting import eventually

STAND_IN = Path(__file__).with_name("stand_in.py")


def stand_in(name: str, layer: int) -> Service:
    return Service(name, (sys.executable, str(STAND_IN), name), layer)


SERVICES = (stand_in("worker", layer=1), stand_in("gateway", layer=2))


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    path = tmp_path / "run at 100%"
    path.mkdir()
    return path


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


@pytest.fixture
def stack(run_dir: Path, notes: Path) -> Iterator[Stack]:
    replicas = {"gateway": 2, "worker": 2}
    with Stack(run_dir, {"NOTES": str(notes)}, replicas, SERVICES) as stack:
        stack.wait_ready(timeout_s=30)
        yield stack


def test_leaves_no_process_and_stops_redis_last(run_dir: Path, notes: Path) -> None:
    with Stack(run_dir, {"NOTES": str(notes)}, services=SERVICES) as stack:
        assert stack.wait_ready(timeout_s=30) == {"everything": "ok"}
        names = ("redis", "worker", "gateway")
        pids = [pid for name in names for pid in stack.processes(name)]
        assert len(pids) == 3
    assert all(gone(pid, timeout_s=0) for pid in pids)
    assert notes.read_text().split() == ["gateway", "worker"]


def test_what_a_service_started_and_left_is_ended_too(run_dir: Path, notes: Path) -> None:
    with Stack(run_dir, {"NOTES": str(notes)}, services=(stand_in("parent", layer=1),)) as stack:
        parent = stack.pid("parent")
        assert parent
        eventually(lambda: descendants(parent))
        (child,) = descendants(parent)
    assert notes.read_text().split() == ["parent"]
    assert gone(child, timeout_s=1)


def test_each_gateway_has_its_own_url(stack: Stack) -> None:
    assert len(set(stack.urls())) == 2
    for url in stack.urls():
        with urllib.request.urlopen(f"{url}/ready") as answer:  # noqa: S310 (ours)
            assert answer.status == 200


def test_a_killed_instance_comes_back_and_the_others_stay(stack: Stack) -> None:
    first, second = stack.pid("worker", 0), stack.pid("worker", 1)
    stack.kill("worker", 1)
    eventually(lambda: stack.pid("worker", 1) not in (None, second), timeout_s=3)
    assert stack.pid("worker", 0) == first


def test_redis_keeps_its_data_when_restarted(stack: Stack) -> None:
    with redis.Redis.from_url(stack.redis_url) as client:
        client.set("kept", "yes")
    before = stack.pid("redis")
    stack.restart_redis()
    assert stack.pid("redis") not in (None, before)
    with redis.Redis.from_url(stack.redis_url) as client:
        eventually(lambda: answers(client), timeout_s=5)
        assert client.get("kept") == b"yes"


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_a_second_stack_in_the_same_place_is_refused(stack: Stack, run_dir: Path) -> None:
    with pytest.raises(StackError, match="another stack runs in"), Stack(run_dir):
        pass


def test_a_service_that_keeps_dying_is_shown_with_its_log(run_dir: Path) -> None:
    broken = Service("gateway", (sys.executable, str(STAND_IN), "broken"), layer=1)
    with Stack(run_dir, services=(broken,)) as stack:
        with pytest.raises(
            StackError, match=r"(?s)died 3 times.*no such model: tiny-giant"
        ) as caught:
            stack.wait_ready(timeout_s=30)
        assert str(stack.log("gateway")) in str(caught.value)


def test_a_port_that_is_taken_is_named(run_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        stack = Stack(run_dir, {"GATEWAY_PORT": str(port)}, services=SERVICES)
        with pytest.raises(StackError, match=f"port {port} is taken"), stack:
            pass


def test_ends_with_the_process_that_started_it(run_dir: Path, notes: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from local_stack.services import Service
from local_stack.stack import Stack
from tests.local_stack.processes import descendants, gone
from tests.support.waiting import eventually
worker = Service("worker", (sys.executable, {str(STAND_IN)!r}, "worker"), layer=1)
with Stack(Path({str(run_dir)!r}), {{"NOTES": {str(notes)!r}}}, services=(worker,)) as stack:
    print(stack.pid("redis"), stack.pid("worker"), flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(  # noqa: S603 (ours)
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        owner.kill()
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)
