"""Files that commands write: whole, or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from client.errors import SourceError

STANDARD: Final = Path("-")
"""Stands for standard input or output."""


@contextmanager
def writing(path: Path, *, secret: bool = False) -> Iterator[IO[str]]:
    """A text file, or standard output; a secret one is for its owner's eyes only.

    What was there before is replaced once all is written. Raises SourceError.
    """
    if path == STANDARD:
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        if path.exists() and not path.is_file():  # a pipe or a device
            with path.open("w") as file:
                yield file
            return
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            descriptor = os.open(unfinished, flags, 0o600 if secret else 0o666)
            with open(descriptor, "w", encoding="utf-8") as file:
                yield file
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error
