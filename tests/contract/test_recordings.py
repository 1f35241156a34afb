from scripts.recording_schema import PATH, schema


def test_the_published_schema_is_that_of_the_code() -> None:
    assert PATH.read_text() == schema(), "run: .venv/bin/python -m scripts.recording_schema"
