"""Statements that run for many rows, without SQLAlchemy's work for each value of each row.

A statement is compiled once for each kind of database. Its rows hold values as the driver takes
them: those that a column's type converts are converted by a `Converter`, once for all rows that
share them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Connection, Dialect, select
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from ivr.database.schema import Moment

T = TypeVar("T")


@dataclass(frozen=True)
class Converter(Generic[T]):
    """Converts values of a column's type into those of a driver; None stays None."""

    type_: TypeEngine[T]

    @lru_cache(maxsize=64)  # noqa: B019 the few converters live as long as the process
    def __call__(self, dialect: Dialect) -> Callable[[T | None], object]:
        """Return the function that converts a value for a kind of database."""
        return self.type_.dialect_impl(dialect).bind_processor(dialect) or _same


def _same(value: object) -> object:
    return value


MOMENTS = Converter(Moment())
"""Converts moments (aware datetimes)."""


class BulkStatement:
    """An insert, update or delete that is run once for each of many rows.

    A row has the value of each parameter by its name. `names` are the columns of an insert.
    """

    def __init__(self, statement: UpdateBase, names: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._names = names
        self._by_dialect: dict[str, tuple[str, _Parameters]] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> int:
        """Run it for each row; return how many rows of the table it changed, as far as is counted.

        Raises SQLAlchemyError.
        """
        if not rows:
            return 0
        text, parameters_of = self._compiled(connection.dialect)
        return connection.exec_driver_sql(text, [*map(parameters_of, rows)]).rowcount

    def _compiled(self, dialect: Dialect) -> tuple[str, "_Parameters"]:
        compiled = self._by_dialect.get(dialect.name)
        if compiled is None:
            made = self._statement.compile(dialect=dialect, column_keys=self._names)
            assert isinstance(made, SQLCompiler)  # noqa: S101 for the type
            compiled = self._by_dialect[dialect.name] = str(made), _parameters(made)
        return compiled


_Parameters = Callable[[Mapping[str, object]], Any]
"""Makes the parameters of a driver from a row."""


def _parameters(compiled: SQLCompiler) -> _Parameters:
    """Return what makes parameters, with the constants that stand in the statement itself."""
    own = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
    by_position = itemgetter(*compiled.positiontup) if compiled.positiontup else _same
    if not own:
        return by_position
    return lambda row: by_position({**own, **row})


class BulkLookup:
    """Selects columns of a table by many keys at once.

    Keys are values of `by`, one column or several; no column's type may convert its values.
    """

    def __init__(self, columns: Sequence[Column[Any]], by: Sequence[Column[Any]]) -> None:
        self._statement = select(*columns)
        self._names = ", ".join(column.name for column in by)
        self._width = len(by)
        self._by_dialect: dict[str, str] = {}

    def run(self, connection: Connection, keys: Sequence[tuple[object, ...]]) -> Iterable[Any]:
        """Return the rows; `keys` is not empty. Raises SQLAlchemyError."""
        dialect = connection.dialect
        mark = "?" if dialect.positional else "%s"
        values = ", ".join([f"({', '.join([mark] * self._width)})"] * len(keys))
        selected = self._by_dialect.get(dialect.name)
        if selected is None:
            selected = self._by_dialect[dialect.name] = str(
                self._statement.compile(dialect=dialect)
            )
        text = f"{selected} WHERE ({self._names}) IN (VALUES {values})"
        return connection.exec_driver_sql(text, tuple(chain.from_iterable(keys)))
