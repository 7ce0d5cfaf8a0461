"""Templates: a message due, in words.

Decides what a template may be and what becomes of the values that are put into it. A template is
text with ``${name}`` placeholders and nothing else - no format strings, attributes, calls or
conditions - so that text from a settings page can neither read what it was not given nor run
anything. Must not know why a message is due.

* Names are a whitelist per kind of message; another name is refused when the template is made.
* ``$$`` is a dollar sign; a dollar sign that is neither is refused.
* A line of the body that names something without a value is left out: ``Tracking: ${tracking}``
  disappears for a parcel without one.
* Values are cleaned: no control characters, no characters that turn the direction of text, one
  line each (``items`` is a line per item), bounded in length. What a customer typed as a name can
  not add a header to an e-mail or a line to a text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from omcore.kernel import (
    Contact,
    InputError,
    InvalidType,
    checked_limit,
    checked_text,
    format_minor,
    record,
)
from omcore.notifications import _kinds as kinds
from omcore.notifications._due import MessageDue
from omcore.ports import Message

MAX_SUBJECT = 200
MAX_BODY = 10_000
MAX_PLACEHOLDERS = 50
MAX_VALUE = 320
MAX_ITEMS = 50

# (text, name, position): literal text, then the name of a placeholder, empty after the last text, and
# where its dollar sign stands.
Pieces = tuple[tuple[str, str, int], ...]

_NAME = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)
# Marks that reorder what is shown, so that text reads otherwise than it is.
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class InvalidTemplate(InputError):
    """A template that is not plain text with known placeholders. Fields: reason, name, position.

    ``position`` is the index in the text of what is wrong: of a dollar sign, or of the end of a first line.
    """

    code = "invalid_template"


@record
class Template:
    """What a kind of message says: ``subject`` in one line, ``body`` in as many as it needs.

    Errors: ``InvalidTemplate`` for an unknown name or a stray dollar sign, ``InvalidText`` and
    ``LimitExceeded`` for what is too long.
    """

    kind: str
    subject: str
    body: str

    def __attrs_post_init__(self) -> None:
        known = kinds.names_of(self.kind)
        checked_text(self.subject, "subject", high=MAX_SUBJECT)
        checked_text(self.body, "body", high=MAX_BODY)
        end = self.subject.find("\n")
        if end >= 0:
            raise InvalidTemplate("subject", reason="more than one line", name="", position=end)
        for path, text in (("subject", self.subject), ("body", self.body)):
            named = [(name, position) for _, name, position in _pieces(text, path) if name]
            checked_limit(len(named), MAX_PLACEHOLDERS, path, "placeholders")
            for name, position in named:
                if name not in known:
                    raise InvalidTemplate(path, reason="unknown name", name=name, position=position)


def render(due: MessageDue, template: Template, contact: Contact | None = None) -> Message:
    """The message in words. ``contact`` is None where the customer is not known, or erased.

    Errors: ``InvalidType`` for a template of another kind, or for anything that is none.
    """
    values = values_of(due, contact)
    if type(template) is not Template or template.kind != due.kind:
        raise InvalidType("template", expected="a Template of the kind that is due")
    return Message(
        key=due.key,
        order_id=due.order_id,
        kind=due.kind,
        subject=_subject(template.subject, values),
        text=_body(template.body, values),
        to=contact,
    )


def values_of(due: MessageDue, contact: Contact | None = None) -> Mapping[str, str]:
    """What each placeholder of the message's kind stands for; empty text where there is nothing.

    Holds personal data (``name``). Errors: ``InvalidType``.
    """
    if type(due) is not MessageDue:
        raise InvalidType("due", expected="MessageDue")
    if contact is not None and type(contact) is not Contact:
        raise InvalidType("contact", expected="Contact")
    found = {
        "name": _line(contact.name) if contact is not None else "",
        "order_number": _line(due.number),
        "items": _items(due.items),
        "units": str(sum(units for _, units in due.items)),
        "amount": "" if due.amount is None else f"{format_minor(due.amount, due.currency)} {due.currency}",
        "tracking": _line(" ".join(part for part in due.tracking if part)),
        "location": _line(due.location),
        "day": "" if due.day is None else due.day.isoformat(),
    }
    return {name: found[name] for name in sorted(kinds.names_of(due.kind))}


def _items(items: tuple[tuple[str, int], ...]) -> str:
    lines = [f"{units} × {_line(title)}" for title, units in items[:MAX_ITEMS]]
    if len(items) > MAX_ITEMS:
        lines.append(f"+ {len(items) - MAX_ITEMS}")
    return "\n".join(lines)


def _line(value: str) -> str:
    """One clean line: what could end a line is a space, what cannot be seen is gone."""
    kept = []
    for character in value:
        if character.isspace():
            kept.append(" ")
        elif unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp") and character not in _TURNS:
            kept.append(character)
    text = " ".join("".join(kept).split())
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def _subject(text: str, values: Mapping[str, str]) -> str:
    filled = "".join(
        literal + (values[name] if name else "") for literal, name, _ in _pieces(text, "subject")
    )
    return " ".join(filled.split())


def _body(text: str, values: Mapping[str, str]) -> str:
    out = []
    for line in text.split("\n"):
        pieces = _pieces(line, "body")
        if any(name and not values[name] for _, name, _ in pieces):
            continue
        out.append("".join(literal + (values[name] if name else "") for literal, name, _ in pieces))
    return "\n".join(out).strip("\n")


def _pieces(text: str, path: str) -> Pieces:
    """Literal texts and the names after them; ``InvalidTemplate`` for any other dollar sign."""
    return tuple(_parse(text, path))


def _parse(text: str, path: str) -> Iterator[tuple[str, str, int]]:
    literal, at = "", 0
    while True:
        dollar = text.find("$", at)
        if dollar < 0:
            yield literal + text[at:], "", len(text)
            return
        literal += text[at:dollar]
        following = text[dollar + 1 : dollar + 2]
        if following == "$":
            literal, at = literal + "$", dollar + 2
            continue
        name = _NAME.match(text, dollar + 2) if following == "{" else None
        if name is None or text[name.end() : name.end() + 1] != "}":
            raise InvalidTemplate(
                path, reason="a dollar sign that is neither ${name} nor $$", name="", position=dollar
            )
        yield literal, name[0], dollar
        literal, at = "", name.end() + 1


def _template(kind: str, subject: str, *lines: str) -> Template:
    return Template(kind, subject, "\n".join(("Hello ${name},", "", *lines)) + "\n")


DEFAULT_TEMPLATES: Mapping[str, Template] = {
    template.kind: template
    for template in (
        _template(
            kinds.ORDER_CONFIRMATION,
            "Your order ${order_number}",
            "Thank you for your order ${order_number}:",
            "${items}",
            "",
            "Total: ${amount}",
            "",
            "We will write again when it ships.",
        ),
        _template(
            kinds.RECEIPT,
            "Your receipt ${order_number}",
            "Thank you for shopping with us:",
            "${items}",
            "",
            "Total: ${amount}",
        ),
        _template(
            kinds.SHIPPED,
            "Order ${order_number} is on its way",
            "On its way, from your order ${order_number}:",
            "${items}",
            "",
            "Tracking: ${tracking}",
        ),
        _template(
            kinds.READY_FOR_PICKUP,
            "Order ${order_number} is ready for pickup",
            "Your order ${order_number} is ready for pickup at ${location}.",
        ),
        _template(
            kinds.DELIVERED,
            "Order ${order_number} was delivered",
            "Delivered, from your order ${order_number}:",
            "${items}",
        ),
        _template(
            kinds.COLLECTED,
            "Order ${order_number} was collected",
            "Collected, from your order ${order_number}:",
            "${items}",
        ),
        _template(
            kinds.CANCELLED,
            "Cancelled from order ${order_number}",
            "Cancelled, from your order ${order_number}:",
            "${items}",
        ),
        _template(
            kinds.CANCELLED_UNPAID,
            "Cancelled from order ${order_number}: not paid",
            "We have not received the payment for your order ${order_number} and cancelled:",
            "${items}",
            "",
            "Should you have paid meanwhile, you get your money back.",
        ),
        _template(
            kinds.CANCELLED_UNFILLABLE,
            "Cancelled from order ${order_number}: not available",
            "We are sorry: of your order ${order_number} we have none left to send you. Cancelled:",
            "${items}",
        ),
        _template(
            kinds.NOT_COLLECTED,
            "Not collected from order ${order_number}",
            "We kept these for you as long as we could, and have put them back on the shelf:",
            "${items}",
            "",
            "What you have paid for them you get back.",
        ),
        _template(
            kinds.BACKORDERED,
            "Part of order ${order_number} comes later",
            "These are not in stock. We send them as soon as they are, from your order ${order_number}:",
            "${items}",
        ),
        _template(
            kinds.DELAYED,
            "Order ${order_number} takes longer than we said",
            "We are sorry: these take longer than we said, from your order ${order_number}:",
            "${items}",
        ),
        _template(
            kinds.ARRIVES_LATER,
            "Order ${order_number} arrives later than we said",
            "We are sorry: these arrive later than we said, from your order ${order_number}:",
            "${items}",
            "",
            "By ${day}, as far as we can say now.",
        ),
        _template(
            kinds.ARRIVES_SOONER,
            "Order ${order_number} arrives sooner than we said",
            "These arrive sooner than we said, by ${day}, from your order ${order_number}:",
            "${items}",
        ),
        _template(
            kinds.CANCEL_DECLINED,
            "Order ${order_number} could not be cancelled",
            "You asked us to cancel from your order ${order_number}. We could not do that.",
        ),
        _template(
            kinds.CANCEL_TOO_LATE,
            "Too late to cancel from order ${order_number}",
            "These had left already when you asked us to cancel your order ${order_number}:",
            "${items}",
            "",
            "You may send them back.",
        ),
        _template(
            kinds.REFUNDED,
            "A refund for order ${order_number}",
            "We refunded ${amount} for your order ${order_number}.",
        ),
        _template(
            kinds.RETURN_AUTHORIZED,
            "How to return from order ${order_number}",
            "You may send these back from your order ${order_number}:",
            "${items}",
            "",
            "Your label: ${tracking}",
        ),
        _template(
            kinds.RETURN_RECEIVED,
            "We have your return from order ${order_number}",
            "These came back from your order ${order_number}:",
            "${items}",
        ),
        _template(
            kinds.RETURN_REFUSED,
            "About your return from order ${order_number}",
            "We could not take these back from your order ${order_number}; they stay yours:",
            "${items}",
        ),
        _template(
            kinds.RETURN_KEPT,
            "Please keep what you bought in order ${order_number}",
            "There is no need to send these back from your order ${order_number}:",
            "${items}",
        ),
        _template(
            kinds.ORDER_CHANGED,
            "Your order ${order_number} was changed",
            "Your order ${order_number} was changed. Its total is now ${amount}.",
            "",
            "Added: ${items}",
        ),
        _template(
            kinds.EXCHANGE_AGREED,
            "Your exchange for order ${order_number}",
            "Please send us back from order ${order_number}:",
            "",
            "${items}",
        ),
        _template(
            kinds.EXCHANGE_DECLINED,
            "Your exchange for order ${order_number}",
            "The exchange for your order ${order_number} was not paid for. Your order is as it was.",
        ),
        _template(
            kinds.EXCHANGE_CHARGED,
            "What you did not send back",
            "We ask ${amount} for what we sent you in exchange for order ${order_number}: what was to come",
            "back for it has not.",
        ),
        _template(
            kinds.CLAIM_SETTLED,
            "Your claim about order ${order_number}",
            "We have settled your claim about order ${order_number}:",
            "",
            "${items}",
        ),
        _template(
            kinds.CLAIM_REJECTED,
            "Your claim about order ${order_number}",
            "We could not accept your claim about order ${order_number}:",
            "",
            "${items}",
        ),
    )
}


__all__ = [
    "DEFAULT_TEMPLATES",
    "InvalidTemplate",
    "Template",
    "render",
    "values_of",
]
