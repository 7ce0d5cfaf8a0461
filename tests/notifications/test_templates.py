"""What a template may be, and what becomes of the values that are put into it."""

from __future__ import annotations

import string
import unicodedata
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from feed_facts import T0
from omcore.kernel import Contact, InputError, LimitExceeded, OmcoreError
from omcore.notifications import (
    DEFAULT_TEMPLATES,
    KINDS,
    InvalidTemplate,
    MessageDue,
    Template,
    names_of,
    render,
    values_of,
)

JANE = Contact(name="Jane Doe", email="jane@example.com", phone="+15550100", street=("1 Main St",))


def shipped(**change: Any) -> MessageDue:
    facts: dict[str, Any] = {
        "key": "order/o-1/shipped/s-1",
        "order_id": "o-1",
        "kind": "shipped",
        "at": T0,
        "number": "#1001",
        "currency": "USD",
        "items": (("Linen shirt", 2), ("CAP", 1)),
        "tracking": ("UPS", "1Z999"),
    }
    return MessageDue(**(facts | change))


def body(text: str, due: MessageDue | None = None, contact: Contact | None = JANE) -> str:
    due = due or shipped()
    return render(due, Template(due.kind, "S", text), contact).text


def test_the_shipping_message_reads_like_one() -> None:
    message = render(shipped(), DEFAULT_TEMPLATES["shipped"], JANE)
    assert message.key == "order/o-1/shipped/s-1"
    assert message.subject == "Order #1001 is on its way"
    assert message.text == (
        "Hello Jane Doe,\n\nOn its way, from your order #1001:\n2 × Linen shirt\n1 × CAP\n\n"
        "Tracking: UPS 1Z999"
    )
    assert message.to is JANE


def test_a_refund_names_its_amount_in_the_currencys_own_decimals() -> None:
    def refund(amount: int, currency: str) -> str:
        due = shipped(kind="refunded", amount=amount, currency=currency)
        return body("${amount}", due)

    assert refund(2_705, "USD") == "27.05 USD"
    assert refund(2_705, "JPY") == "2705 JPY"
    assert refund(2_705, "KWD") == "2.705 KWD"


def test_a_line_that_names_something_without_a_value_is_left_out() -> None:
    text = "before\nTracking: ${tracking}\nafter"
    assert body(text, shipped(tracking=("", ""))) == "before\nafter"
    assert body(text, shipped(tracking=("", "1Z9"))) == "before\nTracking: 1Z9\nafter"


def test_a_customer_who_is_unknown_or_erased_is_not_greeted_by_an_empty_name() -> None:
    assert render(shipped(), DEFAULT_TEMPLATES["shipped"]).text.startswith("On its way")
    assert render(shipped(), DEFAULT_TEMPLATES["shipped"]).to is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_default_and_it_uses_no_unknown_name(kind: str) -> None:
    template = DEFAULT_TEMPLATES[kind]
    amount = 100 if kind in ("refunded", "receipt", "order_confirmation", "order_changed") else None
    due = shipped(kind=kind, location="nyc", amount=amount)
    message = render(due, template, JANE)
    assert "$" not in message.subject + message.text
    assert message.text
    assert "Jane Doe" in message.text


@pytest.mark.parametrize("kind", KINDS)
@given(name=st.text(string.ascii_lowercase + "_", min_size=1, max_size=20))
@example(name="amount")
@example(name="location")
@example(name="items")
@example(name="email")
@example(name="class")
def test_a_name_outside_the_whitelist_is_refused_when_the_template_is_made(kind: str, name: str) -> None:
    assume(name[0] != "_")
    text = f"x ${{{name}}} y"
    if name in names_of(kind):
        Template(kind, text, text)
        return
    for subject, content, path in ((text, "", "subject"), ("", text, "body")):
        with pytest.raises(InvalidTemplate) as raised:
            Template(kind, subject, content)
        assert (raised.value.path, raised.value.fields["name"]) == (path, name)


@pytest.mark.parametrize(
    "text",
    [
        "$",
        "$name",
        "${}",
        "${name",
        "${ name }",
        "${NAME}",
        "${name.__class__}",
        "${name!r}",
        "${name:>10}",
        "${name[0]}",
        "$$$",
        "${${name}}",
        "${naïve}",
        "${na\nme}",
        "costs $5",
    ],
)
def test_a_dollar_sign_is_a_known_placeholder_or_doubled(text: str) -> None:
    with pytest.raises(InvalidTemplate):
        Template("shipped", "", text)


def test_a_doubled_dollar_sign_is_one() -> None:
    assert body("$$5 for ${name}, not $${name}") == "$5 for Jane Doe, not ${name}"


def test_no_other_language_is_spoken() -> None:
    """Braces and percent signs of other template languages are just text."""
    text = "{name} {0.__class__} %(name)s {{ name }} <%= name %>"
    assert body(text) == text


def test_values_are_never_read_as_a_template_again() -> None:
    sly = Contact(name="${order_number} $$ {0}")
    assert body("${name}!", contact=sly) == "${order_number} $$ {0}!"


@given(st.text(st.characters(codec="utf-8", exclude_categories=()), max_size=60))
def test_what_a_customer_typed_stays_one_line_without_control_characters(typed: str) -> None:
    """Nobody adds a header to an e-mail through his name, or turns the text around."""
    due = shipped(number=typed, items=((typed, 1),), tracking=(typed, typed))
    for value in values_of(due).values():
        assert len(value.split("\n")) <= 1
        assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in value)
        assert not any("\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" for c in value)
    message = render(due, Template("shipped", "A ${order_number} B", "${tracking}"))
    assert "\n" not in message.subject
    assert "\r" not in message.subject


def test_what_ended_a_line_becomes_a_space_and_what_turns_text_is_gone() -> None:
    sly = shipped(number="7\r\nBcc: all\u2028x \u202eevil\u2066 a\u0000b")
    assert body("${order_number}", sly) == "7 Bcc: all x evil ab"
    assert body("${name}", contact=Contact(name="Jane\nBcc: all")) == "Jane Bcc: all"


def test_units_are_counted_over_all_lines() -> None:
    assert body("${units}") == "3"


def test_items_are_a_line_each_in_the_body_and_one_line_in_a_subject() -> None:
    message = render(shipped(), Template("shipped", "${items}", "${items}"), JANE)
    assert message.text == "2 × Linen shirt\n1 × CAP"
    assert message.subject == "2 × Linen shirt 1 × CAP"


def test_a_message_is_bounded_whatever_goes_into_it() -> None:
    long = Contact(name="x" * 320)
    many = shipped(items=tuple((f"sku-{i}" * 100, 1) for i in range(10_000)))
    assert len(body("${name}", contact=long)) <= 320
    lines = body("${items}", many).split("\n")
    assert len(lines) == 51
    assert lines[-1] == "+ 9950"
    assert max(len(line) for line in lines) <= 330


@pytest.mark.parametrize(
    ("subject", "text", "place"),
    [
        ("", "${name}, $${other}: ${other}", ("body", 20)),
        ("", "${name}\n${other}", ("body", 8)),
        ("Hello ${other}", "", ("subject", 6)),
        ("", "that is $5", ("body", 8)),
        ("one\ntwo", "", ("subject", 3)),
    ],
)
def test_what_is_wrong_with_a_template_is_found_where_it_stands(
    subject: str, text: str, place: tuple[str, int]
) -> None:
    with pytest.raises(InvalidTemplate) as raised:
        Template("shipped", subject, text)
    assert (raised.value.path, raised.value.fields["position"]) == place


@pytest.mark.parametrize(
    ("subject", "text", "error"),
    [
        ("x" * 201, "", InputError),
        ("", "x" * 10_001, InputError),
        ("", "${name}" * 51, LimitExceeded),
        ("two\nlines", "", InvalidTemplate),
        ("", "bell \x07", InputError),
    ],
)
def test_a_template_has_limits(subject: str, text: str, error: type[OmcoreError]) -> None:
    with pytest.raises(error):
        Template("shipped", subject, text)


def test_up_to_its_limits_a_template_works() -> None:
    filled = "x" * (10_000 - 50 * 7) + "${name}" * 50
    assert body(filled).endswith("Jane Doe" * 50)


def test_a_template_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError) as raised:
        render(shipped(), DEFAULT_TEMPLATES["refunded"], JANE)
    assert raised.value.path == "template"


def test_nothing_personal_in_a_repr() -> None:
    message = render(shipped(), DEFAULT_TEMPLATES["shipped"], JANE)
    for secret in ("Jane", "example.com", "555", "Main"):
        assert secret not in repr(message)
        assert secret not in repr(shipped())


@given(
    st.one_of(st.none(), st.integers(), st.text(), st.binary()),
    st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text())),
)
def test_anything_at_all_is_a_typed_error(first: Any, second: Any) -> None:
    someone: Any = first or "someone"
    with pytest.raises(OmcoreError):
        Template(first, second, "x")
    with pytest.raises(OmcoreError):
        render(first, second)
    with pytest.raises(OmcoreError):
        values_of(first)
    with pytest.raises(OmcoreError):
        names_of(second)
    with pytest.raises(OmcoreError):
        render(shipped(), first, second)
    with pytest.raises(OmcoreError):
        render(shipped(), DEFAULT_TEMPLATES["shipped"], someone)


@given(st.text(max_size=80))
@example("${name}$")
def test_any_text_is_a_template_or_a_typed_refusal(text: str) -> None:
    try:
        template = Template("shipped", "", text)
    except InputError:
        return
    render(shipped(), template, JANE)
