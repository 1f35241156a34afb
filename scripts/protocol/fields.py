"""Reads what a message type says about itself: fields, types, bounds, defaults, docstrings."""

import ast
import inspect
import json
import re
import textwrap
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", Any: "anything"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message, in words."""

    name: str
    type: str
    bounds: str
    """Empty where there are none."""
    default: str
    """As JSON; empty where the field must be given."""
    doc: str
    """Empty where nothing is said."""


def fields_of(model: type[BaseModel], without: Iterable[str] = ()) -> list[Field]:
    """The fields of a message type in their order, those named in `without` left out."""
    docs = _attribute_docs(model)
    return [
        Field(name, type_name(info.annotation), _bounds(info), _default(info), docs.get(name, ""))
        for name, info in model.model_fields.items()
        if name not in set(without)
    ]


def doc_of(model: type[BaseModel]) -> str:
    """A message type's docstring as one paragraph."""
    return " ".join(inspect.cleandoc(model.__doc__ or "").split())


def type_name(annotation: Any) -> str:
    """A type as the protocol's readers know it: JSON's words, links to the project's own types."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        bounds = _bounds(FieldInfo.from_annotation(annotation))
        return f"{type_name(arguments[0])} ({bounds})"
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin in {Union, types.UnionType}:
        return " or ".join(type_name(a) if a is not types.NoneType else "null" for a in arguments)
    if origin is list:
        return f"list of {type_name(arguments[0])}"
    if origin is dict:
        return f"object: {type_name(arguments[0])} → {type_name(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return _PLAIN[annotation]


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The message types that a type is made of, each followed by those that it is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for info in annotation.model_fields.values():
            yield from models_in(info.annotation)
    for argument in get_args(annotation):
        yield from models_in(argument)


def _attribute_docs(model: type[BaseModel]) -> dict[str, str]:
    """The string that stands below each attribute, bases included."""
    docs: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            (definition,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
            assert isinstance(definition, ast.ClassDef)  # noqa: S101 (the source of a class)
            docs.update(_documented(definition.body))
    return docs


def _documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for attribute, below in pairwise(body):
        match attribute, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, _linked(" ".join(text.split()))


def _linked(text: str) -> str:
    """Other pages of docs/ as links from this one."""
    return re.sub(r"docs/(\w+\.md)", r"[docs/\1](\1)", text)


def _bounds(info: FieldInfo) -> str:
    low = high = unit = ""
    counted = " entries" if get_origin(info.annotation) is list else " characters"
    for item in info.metadata:
        match item:
            case Ge():
                low = str(item.ge)
            case Le():
                high = str(item.le)
            case Lt(lt=int(above)):
                high = str(above - 1)
            case MinLen():
                low, unit = str(item.min_length), counted
            case MaxLen():
                high, unit = str(item.max_length), counted
            case _ if getattr(item, "pattern", None):
                return f"`{item.pattern}`"
            case _:
                raise ValueError(f"a bound that the page has no words for: {item!r}")
    if low and high:
        return f"{low} to {high}{unit}"
    if high:
        return f"up to {high}{unit}"
    return f"{low} or more{unit}" if low else ""


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return ""
    return json.dumps(info.get_default(call_default_factory=True))
