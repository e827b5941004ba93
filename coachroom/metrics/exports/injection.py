"""Text that a spreadsheet would run as a formula, made harmless by an apostrophe before it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# Python's meaning of \s, spelled out: that of Arrow's engine ends with ASCII.
_SPACE = r"[\t\n\v\f\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
_DANGEROUS = rf"\A{_SPACE}*[=+\-@\t\r\n|%]"


def harmless(texts: pa.Array) -> pa.Array:
    """The strings, those that match ^\\s*[=+\\-@\\t\\r\\n|%] with ' before them. Nulls stay."""
    dangerous = pc.match_substring_regex(texts, _DANGEROUS)
    return pc.if_else(dangerous, pc.binary_join_element_wise("'", texts, ""), texts)


def harmless_text(text: str) -> str:
    """One string, likewise."""
    made: str = harmless(pa.array([text], pa.string()))[0].as_py()
    return made
