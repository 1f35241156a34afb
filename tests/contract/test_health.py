import socket
import subprocess
import sys
import time

import redis

from contract.health import RECENT_S, works
from contract.heartbeats import Heartbeat
from contract.names import workers_key


def beat(
    process_id: str = "box-7-abc", consumed_at: float = 990, began_at: float = 900
) -> Heartbeat:
    return Heartbeat(process_id=process_id, at=1000, consumed_at=consumed_at, began_at=began_at)


def test_a_worker_works_once_a_task_came_back() -> None:
    assert works([beat()], "box", 1000)
    assert not works([beat(consumed_at=900)], "box", 1000)


def test_a_worker_that_took_no_task_for_long_does_not_work() -> None:
    assert not works([beat(consumed_at=1000 - RECENT_S)], "box", 1000)


def test_another_containers_worker_counts_for_nothing() -> None:
    assert not works([beat("other-7-abc"), beat("box2-7-abc")], "box", 1000)


def test_the_command_says_what_is_wrong(redis_url: str, redis_client: redis.Redis) -> None:
    def check(url: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "contract.health", "stt"],
            env={"REDIS_URL": url},
            capture_output=True,
            text=True,
        )

    unwell = check(redis_url)
    assert (unwell.returncode, "takes tasks" in unwell.stderr) == (1, True)
    now = time.time()
    own = Heartbeat(
        process_id=f"{socket.gethostname()}-1-a", at=now, consumed_at=now, began_at=now - 1
    )
    redis_client.hset(workers_key("stt"), own.process_id, own.model_dump_json())
    assert check(redis_url).returncode == 0
    away = check("redis://127.0.0.1:1/0")
    assert (away.returncode, "Redis does not answer" in away.stderr) == (1, True)
