"""Which strings may name a thing: identifiers, keys, SKUs, payment references, free text."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import (
    DuplicateId,
    InvalidId,
    InvalidSku,
    InvalidText,
    InvalidType,
    LimitExceeded,
    LooksLikeCardNumber,
    OmcoreError,
    checked_flag,
    checked_id,
    checked_key,
    checked_limit,
    checked_names,
    checked_payment_reference,
    checked_sku,
    checked_text,
    checked_unique,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FIRST = set(LETTERS + "0123456789")
REST = FIRST | set("._:#=+~-")
INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u034f\u115f\u3164\uffa0\ufe0f\U000e0100\u202e\u2066\U000e0041"
)

ASCII = st.text(st.characters(max_codepoint=0x7F), max_size=12)
NEAR_ASCII = st.text(st.sampled_from("Aaz09._:#=+~-/ \n\t\x00\x7fÀ٣Ａ"), max_size=8)
UNICODE = st.text(max_size=12) | st.text(
    st.sampled_from("Ae\u0301\u0327é가\u1100\u1161Å\u212b \u00a0" + INVISIBLE), max_size=6
)


def accepts(check: Callable[[object, str], str], value: object) -> bool:
    refused: OmcoreError
    try:
        return check(value, "lines[3].x") == value
    except (InvalidId, InvalidSku, InvalidText) as error:
        refused = error
    assert refused.path == "lines[3].x"
    return False


# --- identifiers -----------------------------------------------------------------------------


@given(ASCII | NEAR_ASCII | UNICODE)
def test_an_identifier_stands_in_stream_names_files_and_logs(text: str) -> None:
    assert accepts(checked_id, text) == (bool(text) and text[0] in FIRST and set(text) <= REST)


@given(ASCII | NEAR_ASCII | UNICODE)
def test_a_key_is_printable_ascii_without_spaces(text: str) -> None:
    assert accepts(checked_key, text) == (bool(text) and all(33 <= ord(c) <= 126 for c in text))


@pytest.mark.parametrize("check", [checked_id, checked_key])
def test_an_identifier_has_at_most_200_characters(check: Callable[[object, str], str]) -> None:
    assert accepts(check, "a" * 200)
    assert not accepts(check, "a" * 201)


def test_a_location_id_with_a_slash_could_name_another_stream() -> None:
    assert not accepts(checked_id, "nyc/TEE-M")


# --- SKUs ------------------------------------------------------------------------------------


def is_clean(sku: str) -> bool:
    """The rule, word by word, over Unicode's own properties."""
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return (
        1 <= len(sku) <= 100
        and not any(unicodedata.category(c) in hidden or c in INVISIBLE for c in sku)
        and not sku[0].isspace()
        and not sku[-1].isspace()
        and unicodedata.normalize("NFC", sku) == sku
    )


@given(ASCII | NEAR_ASCII | UNICODE | st.text("AB ", min_size=98, max_size=102))
def test_a_sku_is_what_it_looks_like(sku: str) -> None:
    # The two kinds of marks that no category gives away are tested by name below.
    variation = {c for c in sku if 0xFE00 <= ord(c) <= 0xFE0F or 0xE0100 <= ord(c) <= 0xE01EF}
    if not variation - set(INVISIBLE) and not set(sku) & set("\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f"):
        assert accepts(checked_sku, sku) == is_clean(sku)


@pytest.mark.parametrize(
    "character", [*INVISIBLE, "\n", "\x00", "\x7f", "\x85", "\ud800", "\ue000", "\u2028"], ids=ascii
)
@pytest.mark.parametrize("around", ["A{}B", "{}AB", "AB{}", "{}", "é{}"])
def test_a_sku_with_a_character_that_nobody_sees_is_refused_by_its_codepoint(
    character: str, around: str
) -> None:
    with pytest.raises(InvalidSku) as caught:
        checked_sku(around.format(character), "lines[0].sku")
    assert caught.value.path == "lines[0].sku"
    assert caught.value.fields["codepoint"] == f"U+{ord(character):04X}"


@pytest.mark.parametrize(
    ("sku", "codepoint"),
    [(" A", "U+0020"), ("A ", "U+0020"), ("\u3000A", "U+3000"), ("A\u00a0", "U+00A0"), ("é ", "U+0020")],
)
def test_a_sku_with_outer_white_space_is_refused_by_its_codepoint(sku: str, codepoint: str) -> None:
    with pytest.raises(InvalidSku) as caught:
        checked_sku(sku)
    assert caught.value == InvalidSku("sku", reason="outer white space", codepoint=codepoint)


@pytest.mark.parametrize(
    ("sku", "codepoint"),
    [("CAFE\u0301", "U+0301"), ("\u212b-1", "U+212B"), ("A\u0344", "U+0344"), ("\u1100\u1161", "U+1161")],
)
def test_a_sku_that_is_not_nfc_is_refused_by_the_character_that_makes_it_so(sku: str, codepoint: str) -> None:
    with pytest.raises(InvalidSku) as caught:
        checked_sku(sku)
    assert caught.value == InvalidSku("sku", reason="not NFC", codepoint=codepoint)


@pytest.mark.parametrize(
    "sku", ["TEE-M", "tee-m", "Größe 42", "帽子-1", "A", "a b", "x" * 100, "ñ" * 100, "½ pint", "#/?"]
)
def test_skus_are_the_merchants_own_and_case_sensitive(sku: str) -> None:
    assert checked_sku(sku) is sku


# --- free text -------------------------------------------------------------------------------


@given(ASCII | NEAR_ASCII | UNICODE, st.integers(0, 12))
def test_free_text_is_bounded_and_has_no_control_characters(text: str, high: int) -> None:
    fits = len(text) <= high and not any(
        unicodedata.category(c) in ("Cc", "Cs") for c in text if c not in "\n\t"
    )
    if fits:
        assert checked_text(text, "note", high=high) is text
        return
    with pytest.raises(InvalidText) as caught:
        checked_text(text, "note", high=high)
    assert (caught.value.path, caught.value.fields["max"]) == ("note", high)


# --- payment references ----------------------------------------------------------------------

DOUBLED = {0: 0, 1: 2, 2: 4, 3: 6, 4: 8, 5: 1, 6: 3, 7: 5, 8: 7, 9: 9}


def with_check_digit(payload: str) -> str:
    """Luhn by the book: every second digit from the right, the check digit's neighbor first, is doubled."""
    total = sum(
        DOUBLED[int(digit)] if i % 2 == 0 else int(digit) for i, digit in enumerate(reversed(payload))
    )
    return payload + str(-total % 10)


def separated(digits: str, separators: str, seed: int) -> str:
    draw = random.Random(seed)
    out = digits[0]
    for digit in digits[1:]:
        out += (draw.choice(separators) if separators and draw.random() < 0.3 else "") + digit
    return out


@pytest.mark.parametrize("length", range(10, 24))
@given(data=st.data())
def test_a_payment_reference_that_could_be_a_card_number_is_refused(length: int, data: st.DataObject) -> None:
    card = with_check_digit(data.draw(st.text("0123456789", min_size=length - 1, max_size=length - 1)))
    between, seed = data.draw(st.sampled_from(["", "-", "._/:", "#"])), data.draw(st.integers(0, 99))
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    assert checked_payment_reference(separated(wrong, between, seed), "ref")
    reference = separated(card, between, seed)
    if 13 <= len(card) <= 19:
        with pytest.raises(LooksLikeCardNumber) as caught:
            checked_payment_reference(reference, "tenders[0].reference")
        assert caught.value == LooksLikeCardNumber("tenders[0].reference")
        assert card[:6] not in repr(caught.value) + repr(caught.value.args)
    else:
        assert checked_payment_reference(reference, "ref") == reference


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "4111-1111-1111-1111",
        "378282246310005",
        "6011000990139424",
        "4222222222222",
        "5555.5555.5555.4444",
    ],
)
def test_card_networks_own_test_numbers_are_card_numbers(number: str) -> None:
    with pytest.raises(LooksLikeCardNumber):
        checked_payment_reference(number, "reference")


@pytest.mark.parametrize(
    "reference", ["ch_3MmlLrLkdIwHu7ix0snN0B15", "shopify-4111111111111111", "411111111111", "pi:42"]
)
def test_gateways_references_are_none(reference: str) -> None:
    assert checked_payment_reference(reference, "reference") == reference


@pytest.mark.parametrize("reference", ["4111 1111 1111 1111", "", "a b", "ref\n", None, 4111111111111111])
def test_a_payment_reference_is_a_key(reference: object) -> None:
    with pytest.raises(InvalidId):
        checked_payment_reference(reference, "reference")


# --- many ------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from("abcdef"), max_size=6))
def test_two_things_with_one_identifier_are_refused_at_the_second(ids: list[str]) -> None:
    again = [i for i, name in enumerate(ids) if name in ids[:i]]
    if not again:
        checked_unique(ids, "lines")
        return
    with pytest.raises(DuplicateId) as caught:
        checked_unique(iter(ids), "lines")
    assert caught.value == DuplicateId(f"lines[{again[0]}]", id=ids[again[0]])


@given(st.integers(0, 20), st.integers(0, 20))
def test_up_to_a_limit_it_works_and_beyond_it_says_so(got: int, limit: int) -> None:
    if got <= limit:
        checked_limit(got, limit, "lines", "lines")
        return
    with pytest.raises(LimitExceeded) as caught:
        checked_limit(got, limit, "lines", "lines")
    assert caught.value == LimitExceeded("lines", what="lines", limit=limit, got=got)


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (["ship"], InvalidType),
        ({"ship"}, InvalidType),
        (frozenset({1}), InvalidText),
        (frozenset({""}), InvalidText),
        (frozenset({"a\x00"}), InvalidText),
        (frozenset({"a" * 101}), InvalidText),
        (frozenset(str(i) for i in range(1_001)), LimitExceeded),
    ],
    # A set's repr follows the hash seed, and parallel workers must name one test alike.
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
def test_names_are_a_frozenset_of_short_texts(names: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        checked_names(names, "capabilities")


@pytest.mark.parametrize("flag", [0, 1, "true", None, [1]], ids=repr)
def test_a_flag_is_true_or_false_and_nothing_truthy(flag: object) -> None:
    assert checked_flag(True, "active") is True
    with pytest.raises(InvalidType):
        checked_flag(flag, "active")
