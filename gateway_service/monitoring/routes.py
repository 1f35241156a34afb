"""`/health`, `/ready`, `/stats`, `/stats/history`, `/ws/stats`, `/metrics`."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response, WebSocket
from fastapi.websockets import WebSocketDisconnect
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from contract.heartbeats import Heartbeat
from contract.history import read_days
from contract.monitoring import DayStats, SystemStats
from contract.names import DAYS_KEPT, LATEST_STATS, TCP
from contract.work import Stage
from gateway_service.monitoring.metrics import SystemCollector
from gateway_service.monitoring.watch import WATCHED
from gateway_service.session.services import Services

router = APIRouter()


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesHere = Annotated[Services, Depends(_services)]


@router.get("/health")
async def health() -> dict[str, str]:
    """200 while the process serves."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(services: ServicesHere, response: Response) -> dict[str, str]:
    """200 only while Redis answers, and each stage and the listener are there; a line per part."""
    watch = services.watch
    lines = {"redis": "ok" if watch.redis_answers else "no answer"}
    for role in WATCHED:
        beats = watch.workers(role)
        lines[role] = _line(beats) if beats else "no worker"
    response.status_code = 200 if watch.ready else 503
    return lines


@router.get("/stats")
async def stats(services: ServicesHere) -> SystemStats:
    """The numbers of all sessions together."""
    latest = await _latest(services)
    if latest is None:
        raise HTTPException(503, "no listener is alive that could tell")
    return latest


@router.get("/stats/history")
async def history(
    services: ServicesHere, days: Annotated[int, Query(ge=1, le=DAYS_KEPT)] = 30
) -> list[DayStats]:
    """The numbers of the last days, UTC, today last."""
    return await read_days(services.redis, days)


@router.get("/metrics")
async def metrics(request: Request, services: ServicesHere) -> Response:
    """The same for Prometheus, and the connections of this process."""
    registry = CollectorRegistry()
    workers = {stage.value: services.watch.workers(stage.value) for stage in Stage}
    connections = len(request.app.state.connections)
    phones = services.watch.workers(TCP)
    registry.register(SystemCollector(await _latest(services), connections, workers, phones))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@router.websocket("/ws/stats")
async def stream_stats(websocket: WebSocket) -> None:
    """The numbers of all sessions together, every second."""
    services: Services = websocket.app.state.services
    await websocket.accept()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_send_stats(websocket, services))
            while True:
                frame = await websocket.receive()
                if frame["type"] == "websocket.disconnect":
                    raise WebSocketDisconnect(frame["code"])
    except* (WebSocketDisconnect, TimeoutError):
        pass


async def _send_stats(websocket: WebSocket, services: Services) -> None:
    while True:
        latest = await _latest(services)
        if latest is not None:
            async with asyncio.timeout(services.settings.send_timeout):
                await websocket.send_text(latest.model_dump_json())
        await asyncio.sleep(1)


async def _latest(services: Services) -> SystemStats | None:
    text = await services.redis.get(LATEST_STATS)
    return SystemStats.model_validate_json(text) if text else None


def _line(beats: list[Heartbeat]) -> str:
    engines = {f"{b.engine.name} ({b.engine.model}, {b.engine.device})" for b in beats if b.engine}
    notes = {beat.note for beat in beats if beat.note}
    return ". ".join([f"{len(beats)} alive: {', '.join(sorted(engines))}".rstrip(": "), *notes])
