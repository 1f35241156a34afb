"""What can go wrong with a stack, in words for the person who started it."""

from contract.errors import SoriError


class StackError(SoriError):
    """The stack can't be started or doesn't stay up; the text says what to do or shows the log."""

    code = "STACK"
