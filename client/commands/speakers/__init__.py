"""`sori speakers …`: the voices that Sori knows, at a server or in this process."""

import typer

from client.commands.speakers.demo import demo
from client.commands.speakers.diarize import diarize
from client.commands.speakers.exchange import export, import_, map_
from client.commands.speakers.identify import identify
from client.commands.speakers.listen import listen
from client.commands.speakers.manage import delete, list_, show
from client.commands.speakers.register import register

app = typer.Typer(
    name="speakers",
    no_args_is_help=True,
    add_completion=False,
    help="Register voices, and tell whose voice a recording is.",
)
for name, command in {
    "register": register,
    "identify": identify,
    "list": list_,
    "show": show,
    "delete": delete,
    "listen": listen,
    "demo": demo,
    "diarize": diarize,
    "export": export,
    "import": import_,
    "map": map_,
}.items():
    app.command(name)(command)
