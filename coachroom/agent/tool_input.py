"""What the agent gives to a tool, read strictly by the toolbox's table; refusals are sentences for the agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coachroom.agent.tool_specs import Parameter, ToolSpec, tools_of
from coachroom.coaching.validation import (
    MAX_TEXT_CHARS,
    MAX_TITLE_CHARS,
    InvalidInputError,
    one_line,
    quoted,
    whole_number,
)

_MOST = 1_000_000


def spec_of(name: str, *, appointments: bool) -> ToolSpec:
    """Raises InvalidInputError for a tool that there is not."""
    specs = {spec.tool.value: spec for spec in tools_of(appointments=appointments)}
    if name not in specs:
        raise InvalidInputError(f"There is no such tool. The tools are: {', '.join(specs)}.")
    return specs[name]


def checked(spec: ToolSpec, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters by name, as text on one line, whole number or bool; those not given are not in it.

    What the table does not name is left out. Raises InvalidInputError.
    """
    given = {}
    for parameter in spec.parameters:
        value = parameters.get(parameter.name)
        if value is not None and value != "":
            given[parameter.name] = _value(parameter, value)
        elif parameter.required:
            raise InvalidInputError(f"{spec.tool} needs {parameter.name}: {parameter.description}")
    return given


def _value(parameter: Parameter, value: object) -> str | int | bool:
    match parameter.type:
        case "string":
            text = one_line(value, parameter.name, MAX_TEXT_CHARS)
            if parameter.choices and text not in parameter.choices:
                raise InvalidInputError(f"{parameter.name} must be one of: {', '.join(parameter.choices)}.")
            return text
        case "integer":
            return whole_number(value, parameter.name, -_MOST, _MOST)
        case "boolean":
            words = {"true": True, "false": False}
            flag = words.get(value.strip().lower()) if isinstance(value, str) else value
            if not isinstance(flag, bool):
                raise InvalidInputError(
                    f"{parameter.name} must be true or false, not {quoted(str(value), MAX_TITLE_CHARS)}."
                )
            return flag
