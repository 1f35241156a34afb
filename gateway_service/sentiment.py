"""`POST /sentiment`: how texts feel, by the analyzer workers."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError

from contract.errors import SoriError
from contract.sentiment import JudgeTexts, TextSentiment, parse_judgement
from contract.speakers import Refused, RefusedError
from gateway_service.auth import require_key
from gateway_service.session.services import Services
from gateway_service.speakers.describing import json_body, problems

PATIENCE_S: Final = 15.0
"""How long the workers may take."""


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


router = APIRouter(
    tags=["sentiment"], dependencies=[Depends(require_key)], responses=problems(401, 429, 503)
)

_EXAMPLE: Final[dict[str, Any]] = {"texts": ["정말 감사합니다", "It broke after two days."]}


@router.post(
    "/sentiment",
    summary="Tell how texts feel",
    responses=problems(408, 413, 415, 422),
    openapi_extra=json_body(JudgeTexts, _EXAMPLE),
)
async def judge(
    request: Request, services: Annotated[Services, Depends(_services)]
) -> list[TextSentiment]:
    """A sentiment for each of up to 64 texts, in order.

    Without `language`, Hangul is read as Korean and Latin letters as English.
    """
    async with services.intake.json(request, JudgeTexts) as question:
        data = await services.judges.ask(question)
    try:
        answer = parse_judgement(data)
    except ValidationError as error:
        raise SoriError("an analyzer worker's answer can't be read") from error
    if isinstance(answer, Refused):
        raise RefusedError(answer)
    return answer.sentiments
