"""Contract: what every conformance kit is made of.

Decides that a derived test class can't leave out a case silently, and how a clause that is not kept is
waived: with a reason, and its cases still run. Must not know what is proved.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import ClassVar, TypeVar

import pytest

C = TypeVar("C", bound="type[Contract]")

CASES: dict[type, Mapping[str, Callable[..., None]]] = {}
"""Of every contract, its cases by name."""

_KEPT = ("bench", "_waivers", "test_no_check_is_missing")


class Contract:
    """Derive a contract from this and from its cases; ``sealed`` closes it."""

    # What is proved, in a word; its clauses by number; and the page that has them.
    what: ClassVar[str] = ""
    clauses: ClassVar[Mapping[str, str]] = {}
    page: ClassVar[str] = ""

    waived: ClassVar[Mapping[str, str]] = {}
    examples: ClassVar[int] = 25

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for base in cls.__mro__[1:]:
            for name, value in vars(base).items():
                if _is_kept(name, value) and inspect.getattr_static(cls, name) is not value:
                    raise TypeError(
                        f"{cls.__qualname__}.{name} replaces a check of the {cls.what} contract."
                        f" What a {cls.what} can't keep is declared with its reason:"
                        f" waived = {{'{next(iter(cls.clauses))[:2]}..': '...'}}"
                    )
        for base in cls.__mro__:
            for name, value in vars(base).items():
                if (called := _called(value)) != name and called in _KEPT:
                    raise TypeError(
                        f"{cls.__qualname__}.{name} is a fixture that replaces `{called}`"
                        f" of the {cls.what} contract, which is not to be overridden"
                    )
        cls._check_waivers(cls.waived)

    @classmethod
    def _check_waivers(cls, waived: object) -> None:
        """Each names a clause, and says why."""
        if not isinstance(waived, Mapping):
            raise TypeError(f"{cls.__qualname__}.waived: a mapping from clauses to reasons, see {cls.page}")
        for number, reason in waived.items():
            if number not in cls.clauses:
                raise TypeError(f"{cls.__qualname__}.waived: there is no clause {number!r}, see {cls.page}")
            if not str(reason or "").strip():
                raise TypeError(f"{cls.__qualname__}.waived: {number} needs a reason")

    @pytest.fixture(autouse=True)
    def _waivers(self, request: pytest.FixtureRequest) -> None:
        self._check_waivers(self.waived)  # it may have been changed after the class was made
        number = getattr(request.function, "clause", "")
        if number in self.waived:
            reason = f"{number} is waived: {self.waived[number]}"
            request.applymarker(pytest.mark.xfail(reason=reason, strict=False))

    def test_no_check_is_missing(self) -> None:
        """Not even where a test class was changed after it was made."""
        contract = next(base for base in type(self).__mro__ if base in CASES)
        kept = {**CASES[contract], **{name: inspect.getattr_static(contract, name) for name in _KEPT}}
        missing = [
            name for name, case in kept.items() if inspect.getattr_static(self, name, None) is not case
        ]
        assert missing == [], "cases were taken out or replaced"


def _is_kept(name: str, value: object) -> bool:
    return hasattr(value, "clause") or name in _KEPT


def _called(value: object) -> str | None:
    """The name that a fixture was given, where that is not its function's."""
    for marker in ("_fixture_function_marker", "_pytestfixturefunction"):  # since pytest 8.4, and before
        if (found := getattr(value, marker, None)) is not None:
            return getattr(found, "name", None)
    return None


def sealed(contract: C) -> C:
    """A contract that is whole: its cases are written down, and no derived class may replace one."""
    names = [name for base in contract.__mro__ for name, value in vars(base).items() if _is_kept(name, value)]
    CASES[contract] = {name: getattr(contract, name) for name in names if name.startswith("test_")}
    return contract


__all__ = ["CASES", "Contract", "sealed"]
