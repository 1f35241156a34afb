import ast
from pathlib import Path

from contract.names import RESULTS_STREAM, Channel, Queue, TaskName, session_key, session_keys

ROOT = Path(__file__).parents[2]
SERVICES = [
    "worker_runtime",
    "gateway_service",
    "stt_worker",
    "diarization_worker",
    "analyzer_worker",
    "listener_service",
    "media_store",
    "media_worker",
    "client",
]


def test_names_stand_in_the_contract_alone() -> None:
    names = {*Queue, *TaskName, Channel.RESULTS, Channel.FINAL_STATS}
    found = [
        (path.relative_to(ROOT), node.value)
        for service in SERVICES
        for path in (ROOT / service).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert not found


def test_all_keys_of_a_session_are_told_apart() -> None:
    keys = session_keys("abc")
    assert len(set(keys)) == len(keys)
    assert all(key.startswith(session_key("abc")) for key in keys)
    assert RESULTS_STREAM not in keys
