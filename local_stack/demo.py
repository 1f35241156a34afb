"""`make demo`: a real telephone conversation through the whole stack, at the pace it was spoken."""

import importlib.metadata
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from local_stack.errors import StackError
from local_stack.stack import Stack
from local_stack.supervision import tied_to_parent
from local_stack.up import show_parts

SAMPLE = "pyannote/audio/sample/sample.wav"


def demo(console: Console) -> int:
    """Start a stack on free ports, stream the sample, stop; returns the client's exit status."""
    run_dir = Path(tempfile.mkdtemp(prefix="sori-demo-"))
    status = 1
    try:
        with Stack(run_dir) as stack:
            show_parts(console, stack.wait_ready(report=console.print))
            status = _stream(sample(), stack.url())
    finally:
        if status == 0:
            shutil.rmtree(run_dir)
        else:
            console.print(f"the logs of this run are in {run_dir / 'logs'}")
    return status


def sample() -> Path:
    """The conversation of two women on the phone that the package pyannote.audio carries."""
    for file in importlib.metadata.files("pyannote.audio") or ():
        if file.as_posix() == SAMPLE:
            return Path(str(file.locate()))
    raise StackError("the installed pyannote.audio carries no sample conversation")


def _stream(recording: Path, url: str) -> int:
    client = str(Path(sys.executable).with_name("sori"))
    arguments = ("stream", str(recording), "--url", url, "--expect-text")
    command = (*tied_to_parent("TERM"), client, *arguments)
    return subprocess.run(command, check=False).returncode  # noqa: S603 (our own client)
