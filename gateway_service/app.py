"""The gateway as an ASGI app: what it is made of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from contract.celery_app import make_celery
from contract.event_log import EventLog
from contract.names import MEDIA
from contract.redis_clients import connect_async
from contract.work import Stage
from gateway_service import auth, errors, pages, sentiment, websocket
from gateway_service.delivery.subscription import Subscriptions
from gateway_service.inquiries import Inquiries
from gateway_service.monitoring import routes
from gateway_service.monitoring.watch import PipelineWatch
from gateway_service.recordings import openai
from gateway_service.recordings import routes as recordings
from gateway_service.recordings.jobs import Jobs
from gateway_service.recordings.uploads import RecordingIntake
from gateway_service.serving import serving
from gateway_service.session.dispatch import Dispatcher
from gateway_service.session.services import Services
from gateway_service.session.store import SessionStore
from gateway_service.settings import GatewaySettings, ParameterDefaults
from gateway_service.speakers import routes as speakers
from gateway_service.speakers.registry import Registry
from gateway_service.speakers.uploads import Intake
from media_store import MediaStore


def create_app(settings: GatewaySettings) -> FastAPI:
    """The app; it connects to Redis when it starts to serve, not before."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = make_services(settings)
        app.state.services = services
        app.state.connections = set()
        async with serving(services, app.state.connections):
            yield

    # FastAPI's own /docs would load its scripts from elsewhere.
    app = FastAPIOffline(title="Sori", redoc_url=None, lifespan=lifespan)
    errors.install(app)
    for module in (
        websocket,
        routes,
        speakers,
        sentiment,
        recordings,
        openai,
        auth,
        pages,
    ):
        app.include_router(module.router)
    return app


def make_services(settings: GatewaySettings) -> Services:
    """What all sessions and requests share; must be called inside the event loop that uses it."""
    redis = connect_async(settings.redis_url)
    dispatcher = Dispatcher(make_celery("gateway", settings.redis_url))
    watch = PipelineWatch(redis)
    store = MediaStore(settings.media_store, settings.s3_endpoint_url)
    return Services(
        settings=settings,
        defaults=ParameterDefaults(),
        redis=redis,
        store=SessionStore(redis, settings.audio_ttl),
        log=EventLog(redis),
        dispatcher=dispatcher,
        subscriptions=Subscriptions(redis),
        watch=watch,
        registry=Registry(redis, dispatcher, watch, settings.speakers_timeout),
        intake=Intake(settings.max_upload_mb, settings.max_request_mb),
        judges=Inquiries(
            redis,
            watch,
            Stage.SENTIMENT,
            "texts",
            dispatcher.ask_sentiment,
            sentiment.PATIENCE_S,
        ),
        jobs=Jobs(redis, store, settings.max_jobs, settings.job_ttl, lambda: watch.deserted(MEDIA)),
        recordings=RecordingIntake(store, settings.max_media_mb, settings.media_upload_timeout),
    )
