"""From a request to a job, and from a job to its end."""

import secrets
from contextlib import suppress

from fastapi import Request

from contract.errors import JobCancelledError, MediaTypeError, NoWorkerError, SoriError
from contract.jobs import ENDED, JobRequest, JobState, Upload
from contract.names import MEDIA
from gateway_service.errors import checked
from gateway_service.recordings.bodies import TranscribeBody, Wanted
from gateway_service.recordings.jobs import Jobs
from gateway_service.session.services import Services
from gateway_service.speakers.uploads import FORM, JSON, media_type


def check_attended(services: Services) -> None:
    """Raises NoWorkerError where nobody is there to see to recordings."""
    if services.watch.deserted(MEDIA):
        raise NoWorkerError("no media worker is alive")


async def begin(request: Request, services: Services) -> JobState:
    """Make a job of a request, form or JSON; raises SoriError."""
    kind = media_type(request)
    if kind == JSON:
        body = checked(TranscribeBody.model_validate_json, await services.recordings.json(request))
        job_id = body.job_id or make_job_id()
        return await services.jobs.create(job_id, body.request(body.location))
    if kind != FORM:
        raise MediaTypeError(f"Content-Type: {FORM} or {JSON} is wanted")
    form = await services.recordings.form(request)
    try:
        wanted = checked(Wanted.model_validate, form.fields)
        job_id = wanted.job_id or make_job_id()
        return await services.jobs.create(job_id, wanted.request(form.upload))
    except BaseException:
        await _forget(services.jobs, form.upload)
        raise


async def begin_upload(services: Services, job: JobRequest, upload: Upload) -> JobState:
    """Make a job of a recording that was sent along; raises SoriError."""
    try:
        return await services.jobs.create(make_job_id(), job)
    except BaseException:
        await _forget(services.jobs, upload)
        raise


async def finish(request: Request, services: Services, job_id: str) -> str:
    """Wait for a job's result; it is cancelled when the caller leaves.

    Raises SoriError, the job's own where it failed.
    """
    jobs, ended = services.jobs, False
    try:
        async for state in jobs.changes(job_id):
            if state is not None and state.status in ENDED:
                ended = True
                break
            check_attended(services)
            if await request.is_disconnected():
                raise JobCancelledError("the caller left")
    finally:
        if not ended:
            with suppress(SoriError):
                await jobs.cancel(job_id)
    return await jobs.result(job_id)


def make_job_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_hex(16)


async def _forget(jobs: Jobs, upload: Upload) -> None:
    with suppress(SoriError):  # what went wrong first is what is told
        await jobs.forget_upload(upload)
