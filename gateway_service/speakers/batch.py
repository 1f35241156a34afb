"""Several operations in one request: in order, each with an answer or an error of its own."""

import time
from typing import Any, assert_never

from contract.errors import NoWorkerError
from contract.model import Message
from contract.speakers import Delete, Deleted, Identified, Identify, Register, Registered
from gateway_service.errors import EXPECTED, Problem, checked, problem_of
from gateway_service.speakers.bodies import (
    BatchBody,
    DeleteOperation,
    IdentifyBody,
    RegisterBody,
    parse_operation,
)
from gateway_service.speakers.registry import Registry
from gateway_service.speakers.uploads import Intake


class OperationResult(Message):
    """What became of one operation."""

    op: str
    status: int
    """As the operation alone would have been answered."""
    result: Registered | Identified | Deleted | None = None
    error: Problem | None = None


class BatchResult(Message):
    """What became of a batch."""

    results: list[OperationResult]
    """In the order of the operations."""


async def run(body: BatchBody, registry: Registry, intake: Intake, patience: float) -> BatchResult:
    """Do one after the other; what is not begun within `patience` seconds is not done."""
    deadline = time.monotonic() + patience
    return BatchResult(
        results=[
            await _outcome(operation, registry, intake, deadline) for operation in body.operations
        ]
    )


async def _outcome(
    given: dict[str, Any], registry: Registry, intake: Intake, deadline: float
) -> OperationResult:
    op = str(given.get("op", ""))[:20]
    try:
        if time.monotonic() > deadline:
            raise NoWorkerError("the operations before it took too long")
        operation = checked(parse_operation, given)
        intake.check(operation)
        result = await perform(operation, registry)
    except EXPECTED as error:
        status, problem = problem_of(error)
        return OperationResult(op=op, status=status, error=problem)
    return OperationResult(op=op, status=200, result=result)


async def perform(
    operation: RegisterBody | IdentifyBody | DeleteOperation, registry: Registry
) -> Registered | Identified | Deleted:
    """Ask the registry; raises SoriError."""
    match operation:
        case RegisterBody():
            return await register(operation, registry)
        case IdentifyBody():
            return await identify(operation, registry)
        case DeleteOperation():
            return await registry.ask(Delete(speaker_id=operation.speaker_id), Deleted)
        case _:
            assert_never(operation)


async def register(body: RegisterBody, registry: Registry) -> Registered:
    """Create a voice print, or add to it; raises SoriError."""
    async with registry.uploaded(body.recordings) as uploads:
        question = Register(speaker_id=body.speaker_id, name=body.name, uploads=uploads)
        return await registry.ask(question, Registered)


async def identify(body: IdentifyBody, registry: Registry) -> Identified:
    """Tell whose voice it is; raises SoriError."""
    async with registry.uploaded(body.recordings) as (upload,):
        question = Identify(upload=upload, threshold=body.threshold, top_k=body.top_k)
        return await registry.ask(question, Identified)
