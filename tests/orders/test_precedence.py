"""Which refusal of a command comes first is what its decider's docstring says: code by code, pair by pair."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from _precedence import precedence_of
from _trials import Trial
from omcore import orders as om
from refusal_cases import MONEY, PLACING, Case, Defect
from refusal_cases_of_changes import CHANGES
from refusal_cases_of_goods import GOODS

CASES = (*PLACING, *MONEY, *GOODS, *CHANGES)


def name_of(case: Case) -> str:
    return case.command.__name__


def told(case: Case, *defects: Defect, **more: object) -> str:
    """What a command with these defects is refused for; empty where it is accepted."""
    trial: Trial = case.start()
    for defect in defects:
        defect.early(trial)
    for defect in sorted(defects, key=lambda defect: defect.late):
        defect.prepare(trial)
    fields: dict[str, Any] = {}
    for defect in defects:
        for name, value in defect.fields.items():
            fields[name] = fields.get(name, ()) + value if name in case.joined else value
    return trial.outcome(case.made(trial, {**fields, **more}))


SINGLE = [(case, code) for case in CASES for code in case.defects]
PAIRS = [
    (case, first, second)
    for case in CASES
    for first, second in combinations(precedence_of(case.command), 2)
    if (first, second) not in case.apart
]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_command_is_accepted_without_any(case: Case) -> None:
    assert told(case) == ""


@pytest.mark.parametrize(("case", "code"), SINGLE, ids=lambda part: getattr(part, "command", part))
def test_each_is_told_where_it_stands_alone(case: Case, code: str) -> None:
    assert told(case, case.defects[code]) == code.partition(" ")[0]


@pytest.mark.parametrize(("case", "first", "second"), PAIRS, ids=lambda part: getattr(part, "command", part))
def test_the_first_of_two_is_told(case: Case, first: str, second: str) -> None:
    one, other = case.defects[first], case.defects[second]
    more = case.together.get((first, second), {})
    shared = set(one.fields) & set(other.fields) - set(more) - case.joined
    assert not shared, f"how can {first} and {second} both be? Say it in together, or in apart why not"
    assert told(case, one, other, **more) == first.partition(" ")[0]


def test_every_command_says_its_precedence_and_has_a_case_for_each_code() -> None:
    assert [case.command for case in CASES] == list(dict.fromkeys(case.command for case in CASES))
    stated = {command: precedence_of(command) for command in om.ORDER_COMMANDS}
    proven = {case.command: tuple(case.defects) for case in CASES}
    assert {command: codes for command, codes in stated.items() if codes} == proven


def test_what_is_set_apart_or_put_together_is_a_pair_of_the_command() -> None:
    for case in CASES:
        pairs = set(combinations(precedence_of(case.command), 2))
        assert case.apart <= pairs, name_of(case)
        assert not case.apart & set(case.together), name_of(case)
        assert set(case.together) <= pairs, name_of(case)


# What lasts longest is told first. A code that is new belongs into one of these.
UNKNOWN = {"unknown_id"}
OVER = {"order_is_over", "order_exists"}
STATE = {
    "allowance_exists",
    "cancel_request_answered",
    "cancel_request_exists",
    "chargeback_decided",
    "chargeback_exists",
    "claim_exists",
    "edit_exists",
    "edit_outdated",
    "exchange_exists",
    "hold_exists",
    "hold_expiry_passed",
    "illegal_transition",
    "limit_exceeded (tender)",
    "not_hold_owner",
    "not_revertible",
    "pickup_window_expired",
    "return_exists",
    "tender_blocked",
    "tender_exists",
    "tender_not_asked",
    "too_many_cancel_requests",
    "too_many_claims",
    "too_many_edits",
    "too_many_exchanges",
    "too_many_holds",
    "work_begun",
}
WAITS = {"cancel_request_pending", "order_not_validated", "order_on_hold", "ship_complete_broken"}
UNITS_AND_AMOUNTS = {
    "allowance_too_large",
    "already_refunded",
    "amount_too_large",
    "charges_below_zero",
    "currency_mismatch",
    "discount_too_large",
    "limit_exceeded",
    "limit_exceeded (amount)",
    "line_exists",
    "line_not_editable",
    "location_excluded",
    "measure_mismatch",
    "not_a_kit",
    "not_capturable",
    "not_returnable",
    "nothing_authorized",
    "nothing_changes",
    "nothing_to_do",
    "own_stock",
    "parts_not_available",
    "pickup_elsewhere",
    "same_location",
    "total_mismatch",
    "units_claimed",
    "units_not_available",
    "whole_units_only",
    "window_not_later",
}
RESULT = {"edit_ends_order", "edit_not_paid", "illegal_transition (status)", "ship_complete_broken (result)"}
RANKS = (UNKNOWN, OVER, STATE, WAITS, UNITS_AND_AMOUNTS, RESULT)


@pytest.mark.parametrize("command", om.ORDER_COMMANDS, ids=lambda command: command.__name__)
def test_every_command_refuses_in_the_same_order(command: type) -> None:
    codes = precedence_of(command)
    assert [code for code in codes if not any(code in rank for rank in RANKS)] == []
    ranks = [next(i for i, rank in enumerate(RANKS) if code in rank) for code in codes]
    assert ranks == sorted(ranks), codes
