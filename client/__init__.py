"""The Python client of Sori's live protocol, and the `sori` command on top of it.

async with Session.connect("ws://127.0.0.1:8000/ws") as session:
    await session.start_transcription()
    ...
"""

from client.reconnecting import Reconnect
from client.session import Session

__all__ = ["Reconnect", "Session"]
