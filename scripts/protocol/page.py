"""The page: a template in Markdown whose gaps are filled from the code."""

import json
import re
from collections.abc import Callable, Iterable
from importlib.resources import files
from itertools import chain
from typing import Any, Final, get_args

from pydantic import BaseModel

from client.journal import KEEP_S as CLIENT_KEEPS_S
from contract.audio import MAX_PACKET_BYTES, SAMPLE_RATE
from contract.client_messages import ClientMessage
from contract.event_log import KEEP_EVENTS
from contract.events import Event, ServerEvent
from contract.packets import MAGIC
from contract.parameters import Parameters
from gateway_service import websocket
from gateway_service.auth import TOKEN_TTL_S
from gateway_service.endpointing.endpointer import IDLE_CHECKPOINT_FRAMES
from gateway_service.endpointing.voice import FRAME_MS
from gateway_service.session.store import RESUME_WINDOW_S
from gateway_service.settings import GatewaySettings
from gateway_service.tcp.config import TcpConfig
from listener_service.books import PARTS
from scripts.protocol.fields import Field, doc_of, fields_of, models_in

TCP: Final = TcpConfig()

TOO_LARGE: Final = 1009
RESTART: Final = 1012

CLOSE_CODES: Final = {
    websocket.DONE: "The session has ended.",
    websocket.BAD_FRAME: "A binary frame held half a sample: an odd number of bytes.",
    websocket.POLICY: (
        "The reason says which: `slow: …` (nothing was read for too long; resume), the session goes"
        " on over another connection, or `last_event_id` is no number."
    ),
    TOO_LARGE: f"A frame was larger than {MAX_PACKET_BYTES // 1024} KiB.",
    websocket.FAULT: "A fault, or storage is away. Resume.",
    RESTART: "This gateway is being stopped. Resume: another one, or the next, goes on.",
    websocket.BUSY: "The server is full; an `error` with code `SERVER_TOO_BUSY` came before.",
    websocket.UNAUTHORIZED: "An API key or a token is needed, and none or a wrong one came.",
    websocket.GONE: "Unknown or expired session, or wrong resume token.",
    websocket.IDLE: "Nothing was sent for too long, and nothing was owed.",
}

LATENCY_PARTS: Final = {
    "total": "From the arrival of the utterance's last voiced sample to the sending of the event.",
    "endpointing": "Until the gateway decided that the utterance is over.",
    "stt": "Until it was transcribed, waiting for a worker included.",
    "diarization": "Until its speakers were told.",
    "sentiment": "Until it was known how it felt.",
    "delivery": "Until the event was sent.",
}


def protocol_page() -> str:
    """The whole text of docs/protocol.md; raises KeyError for a gap that nothing fills."""
    source = files("scripts.protocol")
    gaps: dict[str, Callable[[], object]] = {
        "sample_rate": lambda: SAMPLE_RATE,
        "max_packet": lambda: f"{MAX_PACKET_BYTES // 1024} KiB",
        "idle_timeout": lambda: f"{GatewaySettings.model_fields['idle_timeout'].default} s",
        "token_ttl": lambda: f"{TOKEN_TTL_S // 60} minutes",
        "resume_window": lambda: f"{RESUME_WINDOW_S // 60} minutes",
        "kept_events": lambda: f"{KEEP_EVENTS:,}",
        "checkpoint_s": lambda: f"{IDLE_CHECKPOINT_FRAMES * FRAME_MS / 1000:.0f} s",
        "client_keeps": lambda: f"{CLIENT_KEEPS_S} s",
        "client_messages": lambda: _messages(get_args(ClientMessage)),
        "events": lambda: _messages(get_args(ServerEvent)),
        "types": _types,
        "parameters": lambda: _table(fields_of(Parameters)),
        "latency_parts": lambda: _rows(
            ("part", "meaning"), ((f"`{part}`", LATENCY_PARTS[part]) for part in PARTS)
        ),
        "close_codes": lambda: _rows(
            ("code", "meaning"), ((str(code), CLOSE_CODES[code]) for code in sorted(CLOSE_CODES))
        ),
        "exchange": lambda: source.joinpath("exchange.txt").read_text().rstrip(),
        "magic": MAGIC.decode,
        "magic_bytes": lambda: len(MAGIC),
        "tcp_port": lambda: TCP.network.port,
        "tcp_timeout": lambda: f"{TCP.network.socket_timeout:g} s",
        "tcp_silence": lambda: TCP.vad.silence_frames,
        "tcp_speech": lambda: f"{TCP.vad.max_speech_s:g} s",
        "frame_ms": lambda: FRAME_MS,
        "tcp_exchange": lambda: source.joinpath("tcp_exchange.txt").read_text().rstrip(),
    }
    template = source.joinpath("template.md").read_text()
    return re.sub(r"\{\{(\w+)\}\}", lambda gap: str(gaps[gap[1]]()), template)


def read_exchange(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The JSON messages of an exchange, each with its arrow: → to the server, ← to the client.

    A message begins with its arrow at the start of a line; audio, in brackets, is left out.
    """
    decoder = json.JSONDecoder()
    return [
        (message[1], decoder.raw_decode(text, message.end() - 1)[0])
        for message in re.finditer(r"^([→←]) \{", text, re.MULTILINE)
    ]


def _messages(models: Iterable[type[BaseModel]]) -> str:
    sections = []
    for model in models:
        kind = model.model_fields["type"].default
        passing = issubclass(model, Event) and not model.durable
        note = " *Passing.*" if passing else ""
        fields = fields_of(model, without=("type", "session_id", "event_id"))
        table = "\n\n" + _table(fields) if fields else ""
        sections.append(f"### `{kind}`\n\n{doc_of(model)}{note}{table}")
    return "\n\n".join(sections)


def _types() -> str:
    top = {*get_args(ServerEvent), Parameters}
    nested = chain.from_iterable(models_in(event) for event in get_args(ServerEvent))
    models = [model for model in dict.fromkeys(nested) if model not in top]
    return "\n\n".join(
        f"### {model.__name__}\n\n{doc_of(model)}\n\n{_table(fields_of(model))}" for model in models
    )


def _table(fields: list[Field]) -> str:
    """Columns that would stay empty are left out."""
    columns = {
        "field": [f"`{field.name}`" for field in fields],
        "type": [field.type for field in fields],
        "bounds": [field.bounds for field in fields],
        "default": [f"`{field.default}`" if field.default else "" for field in fields],
        "meaning": [field.doc for field in fields],
    }
    used = {title: cells for title, cells in columns.items() if any(cells)}
    return _rows(tuple(used), zip(*used.values(), strict=True))


def _rows(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )
