"""The system's numbers in Prometheus' terms."""

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from contract.heartbeats import Heartbeat
from contract.monitoring import SystemStats


class SystemCollector(Collector):
    """One scrape: the listener's latest numbers, the workers', and this gateway's connections."""

    def __init__(
        self,
        stats: SystemStats | None,
        connections: int,
        workers: Mapping[str, Sequence[Heartbeat]],
        phones: Sequence[Heartbeat],
    ) -> None:
        """`workers`: the living ones of each stage; `phones`: the living TCP servers."""
        self._stats = stats
        self._connections = connections
        self._workers = workers
        self._phones = phones

    def collect(self) -> Iterator[Metric]:
        """The metrics, by Prometheus' naming rules: base units, counters in `_total`."""
        yield GaugeMetricFamily(
            "sori_gateway_connections", "Live connections here", value=self._connections
        )
        for name, value, text in (
            ("sori_tcp_connections", sum(b.users for b in self._phones), "Users of TCP servers"),
            ("sori_tcp_channels", sum(b.channels for b in self._phones), "Users they may serve"),
        ):
            yield GaugeMetricFamily(name, text, value=value)
        tasks = CounterMetricFamily(
            "sori_worker_tasks", "Tasks that a worker took", labels=["stage", "worker"]
        )
        for stage, beats in self._workers.items():
            for beat in beats:
                tasks.add_metric([stage, beat.process_id], beat.tasks)
        yield tasks
        stats = self._stats
        if stats is None:
            return
        yield GaugeMetricFamily("sori_sessions", "Live sessions", value=stats.sessions)
        yield GaugeMetricFamily("sori_speakers", "Speakers in them", value=stats.speakers)
        for name, value, text in (
            ("sori_utterances", stats.utterances, "Utterances transcribed"),
            ("sori_utterances_silent", stats.silent, "Utterances without recognised text"),
            ("sori_utterances_failed", stats.failed, "Utterances that failed"),
            ("sori_results_dropped", stats.dropped, "Results that came twice"),
        ):
            yield CounterMetricFamily(name, text, value=value)
        yield _by_label(
            CounterMetricFamily("sori_sentiment", "Segments by sentiment", labels=["label"]),
            {label: share.count for label, share in stats.sentiment.items()},
        )
        yield _by_label(
            GaugeMetricFamily("sori_queue_depth", "Tasks waiting", labels=["queue"]), stats.queues
        )
        yield _by_label(
            GaugeMetricFamily("sori_workers", "Processes alive", labels=["stage"]), stats.workers
        )
        latency = GaugeMetricFamily(
            "sori_latency_seconds", "Of recent utterances", labels=["part", "quantile"]
        )
        for part, quantiles in stats.latency_ms.items():
            for quantile, ms in (("0.5", quantiles.p50), ("0.95", quantiles.p95)):
                if ms is not None:
                    latency.add_metric([part, quantile], ms / 1000)
        yield latency
        if stats.real_time_factor is not None:
            yield GaugeMetricFamily(
                "sori_real_time_factor",
                "Seconds of transcribing per second of audio",
                value=stats.real_time_factor,
            )


def _by_label(family: CounterMetricFamily | GaugeMetricFamily, values: dict[str, int]) -> Metric:
    for label, value in values.items():
        family.add_metric([label], value)
    return family
