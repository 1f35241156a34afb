"""`/speakers` and `/batch`: the speaker recognition API (docs/speakers.md)."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from contract.speakers import (
    Delete,
    Deleted,
    DrawMap,
    Identified,
    Imported,
    ListPrints,
    Map,
    Prints,
    Reembedded,
    Registered,
    Show,
    SpeakerId,
    VoicePrint,
)
from gateway_service.auth import require_key
from gateway_service.speakers import batch, transfer
from gateway_service.speakers.batch import BatchResult
from gateway_service.speakers.bodies import BatchBody, IdentifyBody, RegisterBody
from gateway_service.speakers.describing import batch_body, form_or_json, import_body, problems
from gateway_service.speakers.registry import Registry
from gateway_service.speakers.uploads import Intake

BATCH_PATIENCE: Final = 4
"""A batch may take this many times as long as a single question."""

REEMBED_PATIENCE_S: Final = 30.0
"""After it the caller is told how far it is, before a proxy in between gives up."""


def _registry(request: Request) -> Registry:
    registry: Registry = request.app.state.services.registry
    return registry


def _intake(request: Request) -> Intake:
    intake: Intake = request.app.state.services.intake
    return intake


RegistryHere = Annotated[Registry, Depends(_registry)]
IntakeHere = Annotated[Intake, Depends(_intake)]
WithEmbedding = Annotated[bool, Query(description="Show embeddings as well.")]

router = APIRouter(
    tags=["speakers"], dependencies=[Depends(require_key)], responses=problems(401, 429, 503)
)


@router.post(
    "/speakers/register",
    summary="Register a voice",
    responses=problems(408, 409, 413, 415, 422),
    openapi_extra=form_or_json(RegisterBody, several=True),
)
async def register(request: Request, registry: RegistryHere, intake: IntakeHere) -> Registered:
    """Create a voice print from one or more recordings of a voice, or add them to one.

    All recordings are taken, or none is.
    """
    async with intake.form_or_json(request, RegisterBody) as body:
        return await batch.register(body, registry)


@router.post(
    "/speakers/identify",
    summary="Tell whose voice it is",
    responses=problems(408, 413, 415, 422),
    openapi_extra=form_or_json(IdentifyBody, several=False),
)
async def identify(request: Request, registry: RegistryHere, intake: IntakeHere) -> Identified:
    """Compare a recording with all voice prints; the scores are calibrated, 0 to 1."""
    async with intake.form_or_json(request, IdentifyBody) as body:
        return await batch.identify(body, registry)


@router.get("/speakers", summary="List the voice prints", responses=problems(422))
async def list_prints(
    registry: RegistryHere,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    embedding: WithEmbedding = False,
) -> Prints:
    """A page of them, by speaker_id, and how many there are in all."""
    return await registry.ask(ListPrints(offset=offset, limit=limit, embedding=embedding), Prints)


@router.get(
    "/speakers/map.svg",
    summary="Draw the voice prints",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}},
)
async def draw_map(registry: RegistryHere) -> Response:
    """The voice prints in two dimensions, a colour for each speaker."""
    drawn = await registry.ask(DrawMap(), Map)
    return Response(
        drawn.svg,
        media_type="image/svg+xml",
        headers={
            "Cache-Control": "no-store",
            # A picture of names that anybody may have chosen: no script in it runs.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get(
    "/speakers/export",
    summary="Export all voice prints",
    response_class=StreamingResponse,
    responses={200: {"content": {transfer.NDJSON: {}}}},
)
async def export_prints(registry: RegistryHere) -> StreamingResponse:
    """Every voice print with all that makes it, kept recordings included, as a JSON line each."""
    lines = transfer.exported(registry)
    first = await anext(lines, b"")
    return StreamingResponse(_after(first, lines), media_type=transfer.NDJSON)


@router.post(
    "/speakers/import",
    summary="Import voice prints",
    responses=problems(408, 413, 415, 422),
    openapi_extra=import_body(transfer.NDJSON),
)
async def import_prints(request: Request, registry: RegistryHere, intake: IntakeHere) -> Imported:
    """Write what an export holds; a voice print that exists is replaced.

    Where a line is wrong those before it are imported, and the message says how many.
    """
    return await transfer.imported(request, registry, intake)


@router.post("/speakers/reembed", summary="Renew voice prints of other encoders")
async def reembed(registry: RegistryHere) -> Reembedded:
    """Make the voice prints of other encoders anew, where their recordings were kept.

    To be repeated as long as the answer's `remaining` is not 0: it comes after half a minute at
    the latest.
    """
    return await transfer.reembedded(registry, REEMBED_PATIENCE_S)


@router.get("/speakers/{speaker_id}", summary="Show a voice print", responses=problems(404, 422))
async def show(
    speaker_id: SpeakerId, registry: RegistryHere, embedding: WithEmbedding = False
) -> VoicePrint:
    """What is known of a voice; its embedding only where that is asked for."""
    found = await registry.ask(Show(speaker_id=speaker_id, embedding=embedding), Prints)
    return found.prints[0]


@router.delete(
    "/speakers/{speaker_id}", summary="Delete a voice print", responses=problems(404, 422)
)
async def delete(speaker_id: SpeakerId, registry: RegistryHere) -> Deleted:
    """Delete a voice print and its recordings for good."""
    return await registry.ask(Delete(speaker_id=speaker_id), Deleted)


@router.post(
    "/batch",
    summary="Several operations at once",
    responses=problems(408, 413, 415, 422),
    openapi_extra=batch_body(),
)
async def run_batch(request: Request, registry: RegistryHere, intake: IntakeHere) -> BatchResult:
    """Register, identify and delete, one after the other.

    Each operation has a status of its own; one that fails does not stop the rest.
    """
    patience = request.app.state.services.settings.speakers_timeout * BATCH_PATIENCE
    async with intake.json(request, BatchBody) as body:
        return await batch.run(body, registry, intake, patience)


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for line in rest:
        yield line
