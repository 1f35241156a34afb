"""The calibration of an encoder: what was asked for, what comes along, or a guess."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from contract.errors import ModelUnavailableError
from diarization_worker.calibration.calibration import Calibration
from diarization_worker.encoders.encoder import SpeakerEncoder

log = logging.getLogger(__name__)

EMBEDDED: Final = {"campplus/embedded": "campplus.npz", "resemblyzer/embedded": "resemblyzer.npz"}
"""Encoder to file of this package."""

GENERIC: Final = Calibration(
    encoder="",
    centre=np.zeros(1, np.float32),
    lines=np.zeros((0, 1), np.float32),
    noise_seconds=1.4,
    mismatch=0.0,
    stranger=0.07,
    spread=0.12,
    minimum_seconds=1.0,
)
"""For an encoder that nobody measured: what is usual of those trained by angular margins."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A calibration, and what operators should know about it."""

    calibration: Calibration
    note: str = ""


def load_calibration(encoder: SpeakerEncoder, file: Path | None, *, name: str) -> Loaded:
    """How to read the encoder that SPEAKER_ENCODER=`name` is; raises ModelUnavailableError."""
    encoder_id = f"{encoder.name}/{encoder.model}"
    if file is None and encoder_id in EMBEDDED:
        file = Path(__file__).parent / EMBEDDED[encoder_id]
    if file is None:
        note = (
            f"{encoder_id} has no calibration, so thresholds and scores are rough. Make one: python"
            f" -m diarization_worker.calibration.fit --encoder {name} --speech DIR --cohort DIR"
            " --out FILE, then set SPEAKER_CALIBRATION=FILE."
        )
        log.warning("%s", note)
        return Loaded(GENERIC, note)
    try:
        calibration = Calibration.load(file)
    except (OSError, ValueError) as error:
        raise ModelUnavailableError(f"{file} can't be read: {error}") from error
    if calibration.encoder != encoder_id:
        raise ModelUnavailableError(
            f"{file} was fitted to {calibration.encoder}; the encoder is {encoder_id}"
        )
    return Loaded(calibration)
