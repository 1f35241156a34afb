"""The Python client of Sori's live protocol, and the `sori` command on top of it.

async with Session.connect("ws://127.0.0.1:8000/ws") as session:
    await session.start_transcription()
    ...
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from client.reconnecting import Reconnect
    from client.session import Session

__all__ = ["Reconnect", "Session"]


def __getattr__(name: str) -> object:
    """Import what is asked for, when it is: `sori --help` needs none of it and takes half."""
    if name == "Session":
        from client.session import Session

        return Session
    if name == "Reconnect":
        from client.reconnecting import Reconnect

        return Reconnect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
