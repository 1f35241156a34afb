import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from gateway_service.tcp.config import ENVIRONMENT, FILE, TcpConfig
from tests.docs.markdown import ROOT, rows, section

README = (ROOT / "README.md").read_text()


def settings_classes() -> set[type[BaseSettings]]:
    """Those that any package's settings module defines."""
    modules = [
        importlib.import_module(f"{path.parent.name}.settings")
        for path in ROOT.glob("*/settings.py")
    ]
    return {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseSettings) and value is not BaseSettings
    }


def shown(info: FieldInfo) -> str:
    value: Any = info.get_default(call_default_factory=True)
    if value is None or (isinstance(value, SecretStr) and not value.get_secret_value()):
        return "none"
    text = str(value)
    return f"`{text.replace(str(Path.home()), '~')}`"


def test_every_setting_stands_in_the_table_with_its_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    classes = settings_classes()
    assert len(classes) >= 6
    settings = {
        f"`{name.upper()}`": shown(info)
        for settings_class in classes
        for name, info in settings_class.model_fields.items()
    }
    written = {row[0]: row[1] for row in rows(section(README, "Settings"))}
    assert written == settings


def test_no_setting_stands_in_the_table_twice() -> None:
    names = [row[0] for row in rows(section(README, "Settings"))]
    assert len(names) == len(set(names))


def test_every_make_target_is_told() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets
    told = [row[0] for row in rows(section(README, "Make targets"))]
    assert sorted(told) == sorted(f"`make {target}`" for target in targets)


def test_every_folder_is_told() -> None:
    packages = {f"`{path.parent.name}/`" for path in ROOT.glob("*/__init__.py")}
    told = {row[0] for row in rows(section(README, "Folders"))}
    assert packages <= told
    assert all((ROOT / name.strip("`/")).is_dir() for name in told)


def test_engines_of_ones_own_are_where_the_table_says() -> None:
    for _, path in rows(section(README, "Engines of your own")):
        module, _, name = path.strip("`").rpartition(".")
        assert getattr(importlib.import_module(module), name)


def test_what_stands_above_config_vad_is_told_with_its_default() -> None:
    config = TcpConfig()
    written = {row[0]: (row[1], row[2]) for row in rows(section(README, "TCP server"))}
    assert written.pop("`CONFIG_VAD`") == ("", f"`{FILE}`")
    defaults = {
        f"`{variable}`": (
            f"`{part}.{name}`",
            yaml_text(getattr(getattr(config, part), name)),
        )
        for variable, (part, name) in ENVIRONMENT.items()
    }
    assert written == defaults


def yaml_text(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
