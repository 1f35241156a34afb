"""Where the registry is: the options that commands about voices share, and what they open."""

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from client.commands.options import DEFAULT_URL, Ca
from client.commands.speakers.output import Output
from client.errors import ServerUnreachableError
from client.speakers.registry import Registry
from contract.errors import NoWorkerError

P = ParamSpec("P")


def default_store() -> Path:
    """The folder of voice prints that belong to this user and no server."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(data) / "sori/speakers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where voices are kept and told apart; its fields are options of the command line."""

    server: Annotated[
        str,
        typer.Option(
            "--server", "--url", envvar="SORI_URL", help="http(s)://HOST, or ws(s)://HOST/ws."
        ),
    ] = DEFAULT_URL
    api_key: Annotated[
        str | None,
        typer.Option(envvar="SORI_API_KEY", help="Where the server wants one."),
    ] = None
    ca: Ca = None
    local: Annotated[
        bool, typer.Option("--local", help="No server: the models run in this process.")
    ] = False
    local_fallback: Annotated[
        bool, typer.Option("--local-fallback", help="The server, or --local where it is away.")
    ] = False
    store: Annotated[
        Path,
        typer.Option(
            default_factory=default_store,
            help="Folder of the voice prints of --local.",
            show_default="~/.local/share/sori/speakers",
        ),
    ]
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object a line on stdout, all else on stderr."),
    ] = False

    def open(self, output: Output) -> Registry:
        """The registry; raises SoriError, where a server is needed not before it is asked."""
        if self.local:
            return self._open_local(output)
        registry = self._open_server()
        if not self.local_fallback:
            return registry
        try:
            registry.reach()
        except (ServerUnreachableError, NoWorkerError) as error:
            registry.close()
            output.notice(f"{error}; going on without a server")
            return self._open_local(output)
        return registry

    def _open_server(self) -> Registry:
        from client.speakers.http import HttpRespondent

        return Registry(HttpRespondent(self.server, self.api_key, self.ca))

    def _open_local(self, output: Output) -> Registry:
        from client.speakers.local import LocalRespondent

        with output.waiting("loading the models"):
            return Registry(LocalRespondent.load(self.store))


def at_a_place(function: Callable[Concatenate[Place, Output, P], None]) -> Callable[..., None]:
    """Give a command the options of `Place`, and the place and output that they make."""

    @wraps(function)
    def command(**given: Any) -> None:
        place = Place(**{field.name: given.pop(field.name) for field in fields(Place)})
        function(place, Output(place.as_json), **given)  # type: ignore[call-arg]

    own = list(inspect.signature(function).parameters.values())[2:]
    shared = inspect.signature(Place).parameters.values()
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *shared)]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command
