"""`/`, `/monitor` and the files they are made of: the folder `web/`, served as it is."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.staticfiles import StaticFiles

router = APIRouter(include_in_schema=False)

WEB: Final = Path(__file__).resolve().parent.parent / "web"

HEADERS: Final = {
    # Nothing from elsewhere, nothing inline, and no way for text to become markup.
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ]
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # Kept by the browser, asked for again each time (ETag): no page of one version with the
    # scripts of another.
    "Cache-Control": "no-cache",
}

_files = StaticFiles(directory=WEB, check_dir=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def page(request: Request) -> Response:
    """The page that people talk to."""
    return await _file("index.html", request)


@router.api_route("/monitor", methods=["GET", "HEAD"])
async def monitor(request: Request) -> Response:
    """The page for operators."""
    return await _file("monitor.html", request)


@router.api_route("/web/{path:path}", methods=["GET", "HEAD"])
async def file(path: str, request: Request) -> Response:
    """A script, a stylesheet or a picture of theirs; 404 for anything else."""
    return await _file(path, request)


async def _file(path: str, request: Request) -> Response:
    response = await _files.get_response(path, request.scope)
    response.headers.update(HEADERS)
    return response
