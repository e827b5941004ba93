"""The address of a PostgreSQL database, which may hold a password: nothing that prints it shows one."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_SCHEME = re.compile(r"postgres(ql)?:/", re.IGNORECASE)
FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE: in a password @ is written %40, / %2F, # %23 and ? %3F"
# psycopg, which speaks to it, is an extra.
INSTALL_DRIVER = (
    "install it with `python -m pip install -r requirements-postgres.lock`, or coachroom with its extra `postgres`."
)


@dataclass(frozen=True)
class PostgresAddress:
    """Where a database is. `schema`: the one our tables are in; None for the account's own first one.

    `connection` goes to PostgreSQL's own library and to nobody else.
    """

    name: str
    schema: str | None
    connection: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def read(cls, text: str, *, ignored: Collection[str] = ()) -> Self:
        """`ignored`: parameters behind the question mark that another program writes; they are left out.

        Raises ValueError, without the text, where a password could be taken for another part, and so be shown.
        """
        try:
            parts = urlsplit(text)
            query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
            given, port = dict(query), parts.port
        except ValueError:
            raise ValueError(f"it is not of the form {FORM}") from None
        if (
            not _SCHEME.match(text)
            or not text.partition(":")[2].startswith("//")
            or "#" in text
            or "@" in parts.path + parts.query
            or parts.netloc.count("@") > 1
        ):
            raise ValueError(f"it is not of the form {FORM}")
        kept = [(key, value) for key, value in query if key != "schema" and key not in ignored]
        # Not by geturl, which leaves out the two slashes where no host stands behind them.
        asked = f"?{urlencode(kept, quote_via=quote)}" if kept else ""
        connection = f"postgresql://{parts.netloc}{parts.path}{asked}"
        # Several hosts have no one port.
        host = given.get("host") or given.get("hostaddr") or parts.hostname or "the local socket"
        number = given.get("port") or port
        database = given.get("dbname") or unquote(parts.path[1:]) or "of the account's own name"
        password = given.get("password") or unquote(parts.password or "")
        name = f"PostgreSQL database {database} at {host}{f':{number}' if number else ''}"
        return cls(name, given.get("schema") or None, connection, password)

    def __str__(self) -> str:
        return f"{self.name}, schema {self.schema}" if self.schema else self.name


def is_postgres_address(text: str) -> bool:
    """Whether somebody means a PostgreSQL database by it, well formed or not."""
    return _SCHEME.match(text) is not None
