"""How pyannote.audio is imported here: quietly, and without telling anybody."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_pyannote() -> Iterator[None]:
    """Import pyannote.audio and load its models in here.

    It reports every model that is loaded to its makers unless it is told not to. And it warns of
    torchcodec, which decodes files; it is given waveforms here.
    """
    os.environ["PYANNOTE_METRICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
