import ast
import re

from contract import errors
from contract.heartbeats import Heartbeat
from contract.monitoring import SentimentShare, SystemStats
from contract.values import LatencyQuantiles
from gateway_service.monitoring.metrics import SystemCollector
from tests.docs.markdown import ROOT, rows, section

PAGE = (ROOT / "docs" / "operations.md").read_text()
SERVICES = (
    "contract",
    "worker_runtime",
    "gateway_service",
    "stt_worker",
    "diarization_worker",
    "analyzer_worker",
    "listener_service",
    "media_store",
    "media_worker",
)
BASES = {errors.SoriError, errors.TransientError, errors.PermanentError}


def codes_in_use() -> set[str]:
    """Codes of errors, and those written out where an event or a failure is made."""
    classes = {
        value.code
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.SoriError) and value not in BASES
    }
    written = {
        str(node.value.value)
        for service in SERVICES
        for path in (ROOT / service).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword)
        and node.arg == "code"
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    return classes | written


def test_every_code_is_explained() -> None:
    told = [row[0].strip("`") for row in rows(section(PAGE, "Codes"))]
    assert sorted(told) == sorted(codes_in_use())


def test_every_metric_is_explained() -> None:
    stats = SystemStats(
        at="2026-01-01T00:00:00+00:00",
        sessions=1,
        speakers=1,
        utterances=1,
        silent=0,
        failed=0,
        dropped=0,
        sentiment={"positive": SentimentShare(count=1, share=1.0)},
        queues={"stt_queue": 0},
        workers={"stt": 1},
        latency_ms={"total": LatencyQuantiles(p50=1.0, p95=2.0)},
        real_time_factor=0.1,
    )
    beat = Heartbeat(process_id="a-1", at=0, consumed_at=0)
    collected = SystemCollector(stats, 1, workers={"stt": [beat]}, phones=[beat]).collect()
    names = {sample.name for metric in collected for sample in metric.samples}
    assert set(re.findall(r"`(sori_\w+)`", section(PAGE, "Is it well?"))) == names
