"""What everything that one gateway process serves shares."""

from dataclasses import dataclass

from redis.asyncio import Redis

from contract.event_log import EventLog
from contract.parameters import Parameters
from contract.sentiment import JudgeTexts
from gateway_service.delivery.subscription import Subscriptions
from gateway_service.inquiries import Inquiries
from gateway_service.monitoring.watch import PipelineWatch
from gateway_service.recordings.jobs import Jobs
from gateway_service.recordings.uploads import RecordingIntake
from gateway_service.session.dispatch import Dispatcher
from gateway_service.session.store import SessionStore
from gateway_service.settings import GatewaySettings
from gateway_service.speakers.registry import Registry
from gateway_service.speakers.uploads import Intake


@dataclass(frozen=True, slots=True)
class Services:
    """Made once at start, handed to each session and request."""

    settings: GatewaySettings
    defaults: Parameters
    redis: Redis
    store: SessionStore
    log: EventLog
    dispatcher: Dispatcher
    subscriptions: Subscriptions
    watch: PipelineWatch
    registry: Registry
    intake: Intake
    judges: Inquiries[JudgeTexts]
    """Analyzer workers, who tell how texts feel."""
    jobs: Jobs
    recordings: RecordingIntake
