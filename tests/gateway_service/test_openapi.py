import re

import httpx
import pytest
from fastapi import FastAPI

from gateway_service.app import create_app
from gateway_service.settings import GatewaySettings


@pytest.fixture
def app() -> FastAPI:
    return create_app(GatewaySettings())


def test_the_speaker_api_is_described_whole(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    described = {
        (path, method): operation
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "speakers" in operation.get("tags", [])
    }
    assert set(described) == {
        ("/speakers/register", "post"),
        ("/speakers/identify", "post"),
        ("/speakers", "get"),
        ("/speakers/map.svg", "get"),
        ("/speakers/export", "get"),
        ("/speakers/import", "post"),
        ("/speakers/reembed", "post"),
        ("/speakers/{speaker_id}", "get"),
        ("/speakers/{speaker_id}", "delete"),
        ("/batch", "post"),
    }
    for (path, method), operation in described.items():
        assert operation["summary"]
        assert operation["description"]
        assert {"APIKeyHeader": []} in operation["security"]
        assert {"200", "401", "429", "503"} <= set(operation["responses"])
        problem = operation["responses"]["401"]["content"]["application/json"]["schema"]
        assert problem["$ref"].endswith("/Problem")
        if path in {"/speakers/register", "/speakers/identify", "/speakers/import", "/batch"}:
            assert operation["requestBody"]["content"]
            assert {"408", "413", "415", "422"} <= set(operation["responses"])
        if "{speaker_id}" in path:
            assert "404" in operation["responses"], method


def test_asking_for_sentiment_is_described_and_needs_a_key(app: FastAPI) -> None:
    operation = app.openapi()["paths"]["/sentiment"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["texts"]["maxItems"] == 64
    assert {"APIKeyHeader": []} in operation["security"]
    assert {"200", "401", "422", "429", "503"} <= set(operation["responses"])


def test_the_api_of_recordings_is_described_whole(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    described = {
        (path, method): operation
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "recordings" in operation.get("tags", [])
    }
    assert set(described) == {
        ("/transcribe", "post"),
        ("/api/upload-video/process-video", "post"),
        ("/jobs/{job_id}", "get"),
        ("/jobs/{job_id}", "delete"),
        ("/jobs/{job_id}/result", "get"),
        ("/jobs/{job_id}/events", "get"),
        ("/v1/audio/transcriptions", "post"),
    }
    for (path, method), operation in described.items():
        assert operation["summary"]
        assert operation["description"]
        assert {"APIKeyHeader": []} in operation["security"]
        assert {"401", "503"} <= set(operation["responses"])
        if method == "post":
            content = operation["requestBody"]["content"]
            assert "file" in content["multipart/form-data"]["schema"]["properties"]
            assert "$ref" not in str(content)
            assert {"413", "415", "422", "429"} <= set(operation["responses"])
        if "{job_id}" in path:
            assert "404" in operation["responses"]
    result = described["/transcribe", "post"]["responses"]["200"]["content"]["application/json"]
    assert result["schema"]["$ref"].endswith("/RecordingResult")


@pytest.mark.parametrize("path", ["/speakers/register", "/speakers/identify"])
def test_a_form_and_json_are_both_described(app: FastAPI, path: str) -> None:
    content = app.openapi()["paths"][path]["post"]["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]
    as_json = content["application/json"]["schema"]

    assert form["required"] == ["file"]
    assert as_json["required"] == ["audio_base64"]
    assert set(form["properties"]) - {"file"} == set(as_json["properties"]) - {"audio_base64"}
    assert "$ref" not in str(content)


async def test_the_page_of_the_api_loads_nothing_from_elsewhere(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        page = (await http.get("/docs")).text
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(loaded) >= 3
        for path in loaded:
            assert path.startswith("/"), path
            assert (await http.get(path)).status_code == 200
        assert (await http.get("/openapi.json")).status_code == 200
