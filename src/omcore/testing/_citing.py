"""Citing: how a case says which clause it proves, and a failure which one was broken.

Decides that every contract numbers its clauses in one book, so that a check inside a case may cite
another clause than the case itself. Must not know any contract or any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import attrs

P = ParamSpec("P")
T = TypeVar("T")

_BOOK: dict[str, str] = {}


def numbered(clauses: Mapping[str, str], page: str) -> None:
    """Enter a contract's clauses, as they are quoted where one is broken."""
    _BOOK.update({number: f"{number}: {said} ({page})" for number, said in clauses.items()})


@contextmanager
def cites(number: str) -> Iterator[None]:
    """What fails inside is a breach of this clause, unless something inside it cited another."""
    try:
        yield
    except Exception as error:
        if cited(error) is None:
            error.__dict__["clause"] = number
            error.add_note(_BOOK[number])
        raise


def cited(error: BaseException) -> str | None:
    """The clause that a failure is a breach of."""
    found: str | None = getattr(error, "clause", None)
    return found


def proves(number: str, *, needs: str = "") -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Mark a case with its clause, and with the fixture or flag that it needs."""

    def mark(case: Callable[P, T]) -> Callable[P, T]:
        @wraps(case)
        def citing(*args: P.args, **kwargs: P.kwargs) -> T:
            with cites(number):
                return case(*args, **kwargs)

        citing.__dict__.update(clause=number, needs=needs)
        return citing

    return mark


def unchecked(clauses: Sequence[str], why: str) -> str:
    """Why a case is skipped, with what is not checked by it."""
    quoted = " ".join(_BOOK[each].rpartition(" (")[0] for each in clauses)
    return f"not checked, because {why}: {quoted}"


def difference(found: Any, expected: Any, where: str = "it") -> str:
    """Where two values differ in value or in type, in words; empty where they are the same.

    Stricter than ``==``: ``True`` is not 1, 1.0 not 1, -0.0 not 0.0, a list no tuple, and the
    order in a mapping counts, because code that runs over it would do another thing. A set has no order,
    whatever its repr shows: that is a matter of hashes.
    """
    if type(found) is not type(expected):
        return f"{where} is of type {type(found).__name__}, not {type(expected).__name__}"
    if attrs.has(type(expected)):
        names = [field.name for field in attrs.fields(type(expected))]
        return _first((getattr(found, name), getattr(expected, name), f"{where}.{name}") for name in names)
    if isinstance(expected, Mapping):
        if list(found) != list(expected):
            return f"{where} has the keys {list(found)}, not {list(expected)}"
        return _first((found[key], expected[key], f"{where}[{key!r}]") for key in expected)
    if isinstance(expected, (tuple, list)):
        if len(found) != len(expected):
            return f"{where} has {len(found)} entries, not {len(expected)}"
        return _first(
            (one, other, f"{where}[{i}]") for i, (one, other) in enumerate(zip(found, expected, strict=True))
        )
    if isinstance(expected, (frozenset, set)):
        ours, theirs = sorted(map(repr, found)), sorted(map(repr, expected))
        return "" if ours == theirs else f"{where} has {', '.join(ours)}, not {', '.join(theirs)}"
    if found != expected or repr(found) != repr(expected):
        return f"{where} is {found!r}, not {expected!r}"
    return ""


def _first(pairs: Iterator[tuple[Any, Any, str]]) -> str:
    return next((said for pair in pairs if (said := difference(*pair))), "")


def same(found: object, expected: object, what: str = "it") -> None:
    """Both are equal and of the same types, all the way down."""
    said = difference(found, expected, what)
    assert not said, said


__all__ = ["cited", "cites", "difference", "numbered", "proves", "same", "unchecked"]
