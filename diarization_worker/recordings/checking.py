"""How a long piece of work is stopped from outside."""

from collections.abc import Callable

Check = Callable[[], None]
"""Called now and then; raises where the work is wanted no more."""


def go_on() -> None:
    """The check of work that nobody stops."""
