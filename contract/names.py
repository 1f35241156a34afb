"""Every name two processes meet under: queues, tasks, channels, streams and keys in Redis."""

from enum import StrEnum
from typing import Final

from contract.work import Stage


class Queue(StrEnum):
    """Celery queues."""

    STT = "stt_queue"
    STT_INTERIM = "stt_interim_queue"
    DIARIZATION = "diarization_queue"
    SPEAKERS = "speakers_queue"
    ANALYZER = "analyzer_queue"
    TEXTS = "texts_queue"
    STT_BATCH = "stt_batch_queue"
    DIARIZATION_BATCH = "diarization_batch_queue"
    ANALYZER_BATCH = "analyzer_batch_queue"


class TaskName(StrEnum):
    """Celery tasks. Callers know the name alone, never the code."""

    TRANSCRIBE = "stt.transcribe"
    TRANSCRIBE_INTERIM = "stt.transcribe_interim"
    ATTRIBUTE = "diarization.attribute"
    ENROL = "diarization.enrol"
    RECALL = "diarization.recall"
    SPEAKERS = "speakers.answer"
    ANALYZE = "analyzer.analyze"
    JUDGE = "analyzer.judge"
    PULSE = "worker.pulse"
    TRANSCRIBE_PIECE = "stt.transcribe_piece"
    DIARIZE = "diarization.diarize"
    FEEL = "analyzer.feel"


class Channel(StrEnum):
    """Redis pub/sub channels open to other programs."""

    RESULTS = "result_channel"
    FINAL_STATS = "final_stats"
    STATS = "stats"


RESULTS_STREAM: Final = "results"
RESULTS_GROUP: Final = "listeners"

STAGE_QUEUES: Final = {
    Stage.STT: Queue.STT,
    Stage.DIARIZATION: Queue.DIARIZATION,
    Stage.SENTIMENT: Queue.ANALYZER,
}

LISTENER: Final = "listener"
ROLES: Final = (*(stage.value for stage in Stage), LISTENER)
"""Everything that must be alive for speech to be answered."""

MEDIA: Final = "media"
"""The role of those who see to recordings; live speech does without."""

TCP: Final = "tcp"
"""The role of those who serve TCP clients; a server without such clients does without."""

OPEN_JOBS: Final = "jobs:open"
"""Sorted set: id of a job that has not ended → when it was created, seconds since the epoch."""

JOBS_WAKE: Final = "jobs:wake"
"""List: wakes media workers that wait for a job."""

DUE_CALLBACKS: Final = "jobs:callbacks"
"""Sorted set: job id → when its callback is to be told how it stands, seconds since the epoch."""

ACTIVE_SESSIONS: Final = "sessions:active"
"""Sorted set: session id → when a gateway last had it in hand, seconds since the epoch."""

TOTALS: Final = "totals"
"""Hash: counters over all sessions since the Redis data began."""

DAYS_KEPT: Final = 90
"""Days of which the numbers are kept."""


def day_key(day: str) -> str:
    """Hash: counters over all sessions of a day, `2026-01-31` in UTC; gone after DAYS_KEPT."""
    return f"day:{day}"


LATEST_STATS: Final = "stats:latest"
STATS_LEADER: Final = "stats:leader"


def session_key(session_id: str) -> str:
    """Hash: what any gateway needs to go on with the session."""
    return f"session:{session_id}"


def events_key(session_id: str) -> str:
    """Stream: the session's durable events; entry `N-0` is event N."""
    return f"session:{session_id}:events"


def ledger_key(session_id: str) -> str:
    """Hash: utterance id → job that the client is still owed the answer of."""
    return f"session:{session_id}:ledger"


def early_key(session_id: str) -> str:
    """Hash: utterance id → its events, waiting for the utterances before it."""
    return f"session:{session_id}:early"


def counts_key(session_id: str) -> str:
    """Hash: the session's statistics, as counters."""
    return f"session:{session_id}:counts"


def latencies_key(session_id: str) -> str:
    """List: total latencies of the session's last transcriptions, milliseconds."""
    return f"session:{session_id}:latencies"


def told_key(session_id: str) -> str:
    """Hash: utterance id → what each of its segments counts for and for whom (JSON), of the last
    utterances: what a correction takes from one speaker and gives to another."""
    return f"session:{session_id}:told"


def turns_key(session_id: str) -> str:
    """Hash: how the speakers took turns (JSON), `before` what a correction can reach, and `now`."""
    return f"session:{session_id}:turns"


def attempts_key(session_id: str) -> str:
    """Hash: `utterance id:stage` → how often a worker began it."""
    return f"session:{session_id}:attempts"


def voices_key(session_id: str) -> str:
    """String (JSON): the voices of the session; the diarization workers' own."""
    return f"session:{session_id}:voices"


def session_keys(session_id: str) -> list[str]:
    """All keys of one session, for setting their time to live together."""
    makers = (
        session_key,
        events_key,
        ledger_key,
        early_key,
        counts_key,
        latencies_key,
        told_key,
        turns_key,
        attempts_key,
        voices_key,
    )
    return [make(session_id) for make in makers]


def session_channel(session_id: str) -> str:
    """Pub/sub: wakes the gateway that serves the session; carries interim hypotheses."""
    return f"session:{session_id}:channel"


def audio_key(session_id: str, utterance_id: int) -> str:
    """String: the audio of an utterance, until AUDIO_TTL."""
    return f"audio:{session_id}:{utterance_id}"


def interim_audio_key(session_id: str) -> str:
    """String: the audio of the utterance in progress."""
    return f"audio:{session_id}:interim"


def lease_key(session_id: str, utterance_id: int) -> str:
    """String: held by the worker that has the utterance in hand; gone soon after the worker is."""
    return f"lease:{session_id}:{utterance_id}"


def job_key(job_id: str) -> str:
    """Hash: what a job is asked, and how it stands."""
    return f"job:{job_id}"


def job_changes_key(job_id: str) -> str:
    """Stream: an entry each time the job's state changes."""
    return f"job:{job_id}:changes"


def job_owed_key(job_id: str) -> str:
    """Hash: part → its order, while the answer is awaited."""
    return f"job:{job_id}:owed"


def job_done_key(job_id: str) -> str:
    """Hash: part → its answer."""
    return f"job:{job_id}:done"


def job_attempts_key(job_id: str) -> str:
    """Hash: part → how often a worker began it."""
    return f"job:{job_id}:attempts"


def job_moved_key(job_id: str) -> str:
    """Hash: part → how far its worker is, 0 to 1."""
    return f"job:{job_id}:moved"


def job_wake_key(job_id: str) -> str:
    """List: wakes the job's owner."""
    return f"job:{job_id}:wake"


def job_result_key(job_id: str) -> str:
    """String: the job's result, compressed, where it is not in the media store."""
    return f"job:{job_id}:result"


def job_keys(job_id: str) -> list[str]:
    """All keys of one job."""
    return [
        job_key(job_id),
        job_changes_key(job_id),
        job_owed_key(job_id),
        job_done_key(job_id),
        job_attempts_key(job_id),
        job_moved_key(job_id),
        job_wake_key(job_id),
        job_result_key(job_id),
    ]


def job_lease_key(job_id: str) -> str:
    """String: held by the media worker that has the job in hand."""
    return f"lease:job:{job_id}"


def job_callback_lease_key(job_id: str) -> str:
    """String: held by the media worker that is sending the job's callback."""
    return f"lease:callback:{job_id}"


def part_lease_key(job_id: str, part: str) -> str:
    """String: held by the worker that has a part of a job in hand."""
    return f"lease:job:{job_id}:{part}"


def piece_audio_key(job_id: str, part: str) -> str:
    """String: the audio of a piece, while it is on its way."""
    return f"audio:job:{job_id}:{part}"


def upload_key(request_id: str, number: int) -> str:
    """String: a recording as it was uploaded, for a short time."""
    return f"upload:{request_id}:{number}"


def answer_key(request_id: str) -> str:
    """List: the one answer to a question about the registry; soon gone."""
    return f"answer:{request_id}"


def print_key(speaker_id: str) -> str:
    """Hash: a voice print with its samples; the diarization workers' own."""
    return f"speaker:{speaker_id}"


PRINTS: Final = "speakers"
"""Sorted set: speaker id → the registry's version at which its print last changed."""

PRINTS_VERSION: Final = "speakers:version"
"""Number: grows with each change of the registry."""


def workers_key(role: str) -> str:
    """Hash: process id → heartbeat, for a `Stage` or another role such as `listener`."""
    return f"workers:{role}"


def latency_key(part: str) -> str:
    """List: the last latencies of a part of the way over all sessions, milliseconds."""
    return f"latency:{part}"


def token_key(token: str) -> str:
    """String: a browser's short-lived token."""
    return f"token:{token}"
