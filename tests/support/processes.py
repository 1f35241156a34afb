"""What a process takes."""

from pathlib import Path


def resident_bytes(pid: int | None) -> int:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024
