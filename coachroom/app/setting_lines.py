"""The settings in force as they may be shown: secrets only as "set" or "not set"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from coachroom.settings import Settings, variable


@dataclass(frozen=True)
class SettingLine:
    """One setting as it may be shown: secrets only as "set" or "not set"."""

    variable: str
    value: str
    differs: bool
    description: str


def setting_lines(settings: Settings) -> list[SettingLine]:
    """Every setting with its value, in the order they are declared."""
    lines = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        differs = name in settings.model_fields_set and (field.default_factory is not None or value != field.default)
        shown = _shown_setting(value, secret="SecretStr" in str(field.annotation), given=differs)
        lines.append(SettingLine(variable(name), shown, differs, field.description or ""))
    return lines


def _shown_setting(value: Any, *, secret: bool, given: bool) -> str:
    if secret or isinstance(value, SecretStr):
        return "set" if given and value is not None else "not set"
    if isinstance(value, list):
        # Servers come with credentials; their addresses are enough to recognise them.
        return ", ".join(str(each.get("urls")) if isinstance(each, dict) else str(each) for each in value) or "none"
    return "not set" if value is None else str(value)
