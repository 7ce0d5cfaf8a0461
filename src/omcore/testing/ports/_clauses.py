"""The clauses of the contracts of gateway, notifier, channel and carrier.

Decides the numbers and the sentences; docs/reference/port-contracts.md says the same with the
reasons. Must not know any port or any case.
"""

from __future__ import annotations

from collections.abc import Mapping

from omcore.testing._citing import numbered

PAGE = "docs/reference/port-contracts.md"

GATEWAY: Mapping[str, str] = {
    "GT1": "The same key again, with the same kind, tender and amount, moves nothing and gives the same"
    " reply: outcome, reference and expiry.",
    "GT2": "A known key with another kind, tender or amount raises `IdempotencyConflict` and moves nothing;"
    " the first reply stands.",
    "GT3": "Keys are opaque: two are the same only where they are equal, character by character.",
    "GT4": "`outcome` tells what became of a key: the reply of its call, `unknown` while the holder itself"
    " does not know, None where it never heard of the key.",
    "GT5": "`outcome` changes nothing: no money moves by it, and no key becomes known.",
    "GT6": "After a reply that was lost, or `unknown`, the query and the call again agree on one reply, and"
    " the money moves once at most.",
    "GT7": "Methods raise `IdempotencyConflict` or `Unavailable`, nothing else; what cannot be reached is"
    " `Unavailable`.",
    "GT8": "What moves is exactly the amount, in the minor units of its currency, whatever its exponent.",
    "GT9": "`declined` means that nothing moved, and nothing will; what a holder cannot do it declines.",
    "GT10": "What was approved or declined is known for ever: to every handle, and after any other calls.",
    "GT11": "A reply can be kept: one of the three outcomes, a reference that is text and no card number,"
    " an expiry with a time zone.",
    "GT12": "What moved is the sum over the distinct keys that were approved, after any calls, lost ones"
    " among them.",
}

NOTIFIER: Mapping[str, str] = {
    "NT1": "A message is sent once per key, whatever else differs: another text or person under a known key"
    " is not sent, and no error.",
    "NT2": "Keys are opaque: two are the same only where they are equal, character by character.",
    "NT3": "`was_sent` tells whether a key was sent, and raises `Unavailable` where that cannot be known.",
    "NT4": "`was_sent` changes nothing: nothing is sent by it, and no key becomes known.",
    "NT5": "After a send that failed, the query tells whether the message went out, and sending again sends"
    " it where it did not.",
    "NT6": "Methods raise `Unavailable`, nothing else; what cannot be reached is `Unavailable`.",
    "NT7": "A message arrives as it was given, at the person it is for and at nobody else.",
    "NT8": "A message for nobody, or for somebody without an address, is no error and is not sent.",
    "NT9": "No personal data shows in an error or in the notifier's repr.",
    "NT10": "What was sent is known for ever: to every handle, and after any other calls.",
    "NT11": "What was sent is each distinct key once, after any calls, lost ones among them.",
}

CHANNEL: Mapping[str, str] = {
    "CH1": "An update is told once per key, whatever else differs: another body under a known key is not"
    " told, and no error.",
    "CH2": "Keys are opaque: two are the same only where they are equal, character by character.",
    "CH3": "`was_told` tells whether an update was told, and raises `Unavailable` where that cannot be"
    " known.",
    "CH4": "`was_told` changes nothing: nothing is told by it, and no key becomes known.",
    "CH5": "After an update that failed, the query tells whether the channel heard it, and telling again"
    " tells it where it did not.",
    "CH6": "Methods raise `Unavailable`, nothing else; what cannot be reached is `Unavailable`.",
    "CH7": "An update arrives as it was given; of a kind that the port does not know it is passed over, and"
    " no error.",
    "CH8": "Of a SKU in a channel the publication with the highest position stands, in whatever order and"
    " however often they come; a number may be missing.",
    "CH9": "SKUs and channels are told apart by their exact names.",
    "CH10": "Nothing of an update's body shows in an error or in the port's repr.",
    "CH11": "What was told is known for ever: to every handle, and after any other calls.",
    "CH12": "What was told is each distinct key once, after any calls, lost ones among them.",
}

CARRIER: Mapping[str, str] = {
    "CR1": "The same key again, with the same consignment, books nothing and gives the same reply: outcome,"
    " reference, tracking number, cost.",
    "CR2": "A known key with another consignment raises `IdempotencyConflict` and books nothing; the first"
    " reply stands.",
    "CR3": "Keys are opaque: two are the same only where they are equal, character by character.",
    "CR4": "`outcome` tells what became of a key: the reply of its call, `unknown` while the carrier itself"
    " does not know, None where it never heard of the key.",
    "CR5": "`outcome` changes nothing: nothing is booked or voided by it, and no key becomes known.",
    "CR6": "After a reply that was lost, or `unknown`, the query and the call again agree on one reply, and"
    " one label is booked at most.",
    "CR7": "Methods raise `IdempotencyConflict` or `Unavailable`, nothing else; what cannot be reached is"
    " `Unavailable`.",
    "CR8": "`declined` means that nothing was booked, and nothing will be; what a carrier cannot do it"
    " declines.",
    "CR9": "A label that was booked is let go of by `void`, once; one that never was is declined. What"
    " became of the booking stays as it was.",
    "CR10": "A label has a tracking number of its own, and a reply can be kept: one of the three outcomes,"
    " texts, an exact cost.",
    "CR11": "No personal data shows in a reply, an error or the carrier's repr.",
    "CR12": "What was approved or declined is known for ever: to every handle, and after any other calls.",
    "CR13": "There is one label per distinct key that was approved and not voided, after any calls, lost"
    " ones among them.",
}

CLAUSES: Mapping[str, str] = {**GATEWAY, **NOTIFIER, **CARRIER, **CHANNEL}
numbered(CLAUSES, PAGE)

__all__ = ["CARRIER", "CHANNEL", "CLAUSES", "GATEWAY", "NOTIFIER", "PAGE"]
