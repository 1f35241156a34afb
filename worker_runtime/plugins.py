"""Engines of one's own: any class by its import path."""

import importlib

from contract.errors import ModelUnavailableError


def is_import_path(name: str) -> bool:
    """Whether a setting names a class, as in `package.module:Class`."""
    module, _, attribute = name.partition(":")
    return attribute.isidentifier() and all(part.isidentifier() for part in module.split("."))


def load_plugin(path: str) -> object:
    """An instance of the class at `package.module:Class`; raises ModelUnavailableError."""
    module, _, attribute = path.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)()
    except (ImportError, AttributeError) as error:
        raise ModelUnavailableError(f"{path} can't be loaded: {error}") from error
