"""The parameters of a live session (docs/protocol.md, "Parameters"): names, defaults, bounds."""

from pydantic import Field

from contract.model import Message

AUTO_LANGUAGE = "auto"


class Parameters(Message):
    """How speech is cut, told apart and understood in one session."""

    vad_mode: int = Field(2, ge=0, le=3)
    """WebRTC VAD aggressiveness."""

    silence_duration: float = Field(0.5, ge=0.2, le=3)
    """Silence that ends an utterance, seconds."""

    min_seg_duration: float = Field(0.3, ge=0, le=5)
    """Speech shorter than this is dropped, seconds."""

    max_segment_duration: float = Field(10, ge=2, le=30)
    """Speech is cut after this long at the latest, seconds."""

    rms_threshold: float = Field(-50, ge=-100, le=0)
    """Frames quieter than this are silence, dBFS."""

    var_threshold: float = Field(20, ge=0, le=1000)
    """Variance over time of the log-band energies below which sound is noise, dB²; 0 = off."""

    num_speakers: int = Field(2, ge=0, le=20)
    """Most speakers told apart; 0 = no limit."""

    similarity_threshold: float = Field(0.6, ge=0, le=1)
    """How alike a voice must be to count as a known one, calibrated: 1 = as alike as to itself."""

    language: str = Field(AUTO_LANGUAGE, pattern=r"^(auto|[a-z]{2,3})$")
    """ISO 639-1 code, or `auto`."""
