"""`/transcribe`, `/api/upload-video/process-video` and `/jobs` (docs/recordings.md)."""

import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from contract.jobs import ENDED, JOB_ID_PATTERN, JobAccepted, JobState, JobStatus
from contract.recordings import RecordingResult
from gateway_service.auth import require_key
from gateway_service.recordings.bodies import TranscribeBody, Wanted
from gateway_service.recordings.exports import MEDIA_TYPES, ExportFormat, export
from gateway_service.recordings.service import begin, check_attended, finish
from gateway_service.session.services import Services
from gateway_service.speakers.describing import problems
from gateway_service.speakers.uploads import FORM, JSON

KEEP_ALIVE_S: Final = 15.0
"""A stream of events says something at least this often, lest a proxy end it."""

EVENTS: Final = "text/event-stream"

JobIdHere = Annotated[str, Path(pattern=JOB_ID_PATTERN)]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesHere = Annotated[Services, Depends(_services)]

router = APIRouter(
    tags=["recordings"], dependencies=[Depends(require_key)], responses=problems(401, 503)
)


def _body() -> dict[str, Any]:
    """A recording that is sent along, or to be fetched."""
    fields = Wanted.model_json_schema()["properties"]
    file = {"type": "string", "format": "binary", "description": "Anything ffmpeg reads."}
    form = {"type": "object", "properties": {"file": file, **fields}, "required": ["file"]}
    example = {
        "video_path": "https://example.org/meeting.mp4",
        "language": "auto",
        "num_speakers": 2,
        "callback_url": "https://example.org/sori",
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": TranscribeBody.model_json_schema(), "example": example},
                FORM: {"schema": form},
            },
        }
    }


class JobView(JobState):
    """How a job stands, with what came of it."""

    result: RecordingResult | None = None


@router.post(
    "/transcribe",
    summary="Analyse a recording",
    responses={
        200: {"model": RecordingResult},
        **problems(403, 408, 409, 413, 415, 422, 429, 504, 507),
    },
    openapi_extra=_body(),
)
async def transcribe(request: Request, services: ServicesHere) -> Response:
    """Who said what, when, how it sounded and how it felt. Answers when all is done.

    A caller who leaves cancels it. Where no media worker is alive, it is refused.
    """
    check_attended(services)
    state = await begin(request, services)
    return Response(await finish(request, services, state.job_id), media_type=JSON)


@router.post(
    "/api/upload-video/process-video",
    summary="Analyse a recording in the background",
    status_code=202,
    responses=problems(408, 409, 413, 415, 422, 429, 507),
    openapi_extra=_body(),
)
async def process_video(request: Request, services: ServicesHere) -> JobAccepted:
    """Answers at once with a job_id; progress and the end are POSTed to callback_url.

    Where no media worker is alive, the job waits for one, and its message says so.
    """
    state = await begin(request, services)
    return JobAccepted(job_id=state.job_id, status=state.status, message=state.message)


@router.get("/jobs/{job_id}", summary="Ask how a job stands", responses=problems(404, 422))
async def show(job_id: JobIdHere, services: ServicesHere) -> JobView:
    """State, progress, and the result or the error."""
    state = await services.jobs.state(job_id)
    result = None
    if state.status is JobStatus.COMPLETED:
        result = RecordingResult.model_validate_json(await services.jobs.result(job_id))
    return JobView(**dict(state), result=result)


@router.delete("/jobs/{job_id}", summary="Cancel a job", responses=problems(404, 422))
async def cancel(job_id: JobIdHere, services: ServicesHere) -> JobState:
    """Cancel it, unless it has ended; either way, this is how it stands."""
    await services.jobs.state(job_id)
    return await services.jobs.cancel(job_id)


@router.get(
    "/jobs/{job_id}/result",
    summary="Get a job's result",
    response_class=Response,
    responses={
        200: {"content": {kind: {} for kind in sorted({*MEDIA_TYPES.values()})}},
        **problems(404, 409, 413, 415, 422),
    },
)
async def result(
    job_id: JobIdHere,
    services: ServicesHere,
    form: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.JSON,
) -> Response:
    """The result as JSON, subtitles (SRT, WebVTT), text, turns (RTTM) or a table (CSV)."""
    found = await services.jobs.result(job_id)
    if form is ExportFormat.JSON:
        return Response(found, media_type=JSON)
    text = export(RecordingResult.model_validate_json(found), form, job_id)
    headers = {"Content-Disposition": f'attachment; filename="{job_id}.{form.value}"'}
    return Response(text, media_type=MEDIA_TYPES[form], headers=headers)


@router.get(
    "/jobs/{job_id}/events",
    summary="Follow a job",
    response_class=StreamingResponse,
    responses={200: {"content": {EVENTS: {}}}, **problems(404, 422)},
)
async def events(job_id: JobIdHere, services: ServicesHere) -> StreamingResponse:
    """How the job stands, now and after each change, as server-sent events, until it has ended."""
    await services.jobs.state(job_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(services, job_id), media_type=EVENTS, headers=headers)


async def _events(services: Services, job_id: str) -> AsyncIterator[str]:
    said_at = time.monotonic()
    async for state in services.jobs.changes(job_id):
        if state is not None:
            kind = state.status.value if state.status in ENDED else "progress"
            yield f"event: {kind}\ndata: {state.model_dump_json()}\n\n"
        elif time.monotonic() - said_at > KEEP_ALIVE_S:
            yield ": still here\n\n"
        else:
            continue
        said_at = time.monotonic()
