"""What all sessions of one gateway process share."""

from dataclasses import dataclass

from redis.asyncio import Redis

from contract.event_log import EventLog
from contract.parameters import Parameters
from gateway_service.delivery.subscription import Subscriptions
from gateway_service.monitoring.watch import PipelineWatch
from gateway_service.session.dispatch import Dispatcher
from gateway_service.session.store import SessionStore
from gateway_service.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class Services:
    """Made once at start, handed to each session."""

    settings: GatewaySettings
    defaults: Parameters
    redis: Redis
    store: SessionStore
    log: EventLog
    dispatcher: Dispatcher
    subscriptions: Subscriptions
    watch: PipelineWatch
