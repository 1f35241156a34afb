import pytest

from contract.errors import ModelUnavailableError
from diarization_worker.segmentation.loading import load_segmenter


def test_a_class_is_taken_by_its_import_path():
    assert load_segmenter("bench.instant:InstantSegmenter", "cpu").name == "instant"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("bench.instant:InstantAnalyzer", "no SpeakerSegmenter"),
        ("bench.instant:Nobody", "can't be loaded"),
    ],
)
def test_what_is_none_is_refused(name: str, complaint: str):
    with pytest.raises(ModelUnavailableError, match=complaint):
        load_segmenter(name, "cpu")
