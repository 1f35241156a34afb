"""`/v1/audio/transcriptions`, as OpenAI's clients expect it."""

import math
import zlib
from collections.abc import Collection
from typing import Any, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import ConfigDict, Field

from contract.errors import InvalidMessageError, MediaTypeError
from contract.jobs import JobRequest
from contract.languages import NAMES
from contract.model import Message
from contract.parameters import AUTO_LANGUAGE
from contract.recordings import TextResult
from gateway_service.auth import require_key
from gateway_service.errors import EXPECTED, answer, checked, problem_of
from gateway_service.recordings.exports import cues_of, srt, vtt
from gateway_service.recordings.service import begin_upload, check_attended, finish
from gateway_service.recordings.uploads import Form
from gateway_service.session.services import Services
from gateway_service.speakers.uploads import FORM, media_type

GRANULARITIES: Final = "timestamp_granularities[]"

Granularity = Literal["word", "segment"]
Format = Literal["json", "text", "srt", "vtt", "verbose_json"]

router = APIRouter(tags=["recordings"], dependencies=[Depends(require_key)])


class TranscriptionForm(Message):
    """The fields beside `file`; those that only OpenAI's own models know are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    model: str = Field(description="Any: STT_MODEL decides.", examples=["whisper-1"])
    language: str | None = Field(None, pattern=r"^[a-z]{2,3}$", description="ISO 639-1.")
    prompt: str | None = Field(None, max_length=10_000)
    response_format: Format = "json"
    granularities: list[Granularity] = Field(["segment"], alias=GRANULARITIES)


class OpenAIError(Message):
    """An error in OpenAI's form."""

    error: dict[str, str | None]


def _description() -> dict[str, Any]:
    schema = TranscriptionForm.model_json_schema(by_alias=True)
    file = {"type": "string", "format": "binary", "description": "Anything ffmpeg reads."}
    form = {
        "type": "object",
        "properties": {"file": file, **schema["properties"]},
        "required": ["file", "model"],
    }
    return {"requestBody": {"required": True, "content": {FORM: {"schema": form}}}}


@router.post(
    "/v1/audio/transcriptions",
    summary="Transcribe a recording, as OpenAI does",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}, "text/plain": {}}},
        **{status: {"model": OpenAIError} for status in (400, 401, 408, 413, 415, 422, 429, 503)},
    },
    openapi_extra=_description(),
)
async def transcriptions(request: Request) -> Response:
    """Text, with times where they are asked for; no speakers and no sentiment."""
    services: Services = request.app.state.services
    try:
        check_attended(services)
        if media_type(request) != FORM:
            raise MediaTypeError(f"Content-Type: {FORM} is wanted")
        form = await services.recordings.form(request)
        return await _answer(request, services, form)
    except EXPECTED as error:
        status, problem = problem_of(error)
        kind = "server_error" if status >= 500 else "invalid_request_error"
        told = {"message": problem.message, "type": kind, "param": None, "code": problem.code}
        return answer(status, OpenAIError(error=told))


async def _answer(request: Request, services: Services, form: Form) -> Response:
    try:
        asked = checked(TranscriptionForm.model_validate, form.fields)
    except InvalidMessageError:
        await services.jobs.forget_upload(form.upload)
        raise
    job = JobRequest(
        source=form.upload,
        language=asked.language or AUTO_LANGUAGE,
        prompt=asked.prompt,
        text_only=True,
    )
    state = await begin_upload(services, job, form.upload)
    result = TextResult.model_validate_json(await finish(request, services, state.job_id))
    match asked.response_format:
        case "json":
            return JSONResponse({"text": result.text})
        case "text":
            return PlainTextResponse(result.text + "\n")
        case "srt":
            return PlainTextResponse(srt(cues_of(result)))
        case "vtt":
            return PlainTextResponse(vtt(cues_of(result)))
        case "verbose_json":
            return JSONResponse(_verbose(result, asked.granularities))


def _verbose(result: TextResult, granularities: Collection[str]) -> dict[str, Any]:
    """Every field that clients' types want; what the engines don't tell is empty, or 0."""
    told: dict[str, Any] = {
        "task": "transcribe",
        "language": NAMES.get(result.language, result.language).lower(),
        "duration": result.duration,
        "text": result.text,
    }
    if "word" in granularities:
        told["words"] = [
            {"word": word.word, "start": word.start, "end": word.end}
            for segment in result.segments
            for word in segment.words
        ]
    if "segment" in granularities:
        told["segments"] = [
            {
                "id": number,
                "seek": round(segment.start * 100),
                "start": segment.start,
                "end": segment.end,
                "text": segment.text,
                "tokens": [],
                "temperature": 0.0,
                # Nearest to what the engines tell: the logarithm of the words' mean confidence.
                "avg_logprob": round(math.log(max(segment.confidence, 1e-3)), 3),
                "compression_ratio": _compression_ratio(segment.text),
                "no_speech_prob": 0.0,
            }
            for number, segment in enumerate(result.segments)
        ]
    return told


def _compression_ratio(text: str) -> float:
    """Whisper's measure of repetition: bytes of text per byte of it compressed."""
    data = text.encode()
    return round(len(data) / len(zlib.compress(data)), 3)
