"""Where recordings and large results lie for the time of a job: a folder, or `s3://bucket/prefix`."""

from media_store.store import AUDIO, RESULT, SOURCE, MediaStore

__all__ = ["AUDIO", "RESULT", "SOURCE", "MediaStore"]
