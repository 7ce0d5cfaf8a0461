"""The clauses of the contract of routing strategies.

Decides the numbers and the sentences; docs/reference/routing-contract.md says the same with the
reasons. Must not know any strategy or any case.
"""

from __future__ import annotations

from collections.abc import Mapping

from omcore.testing._citing import numbered

PAGE = "docs/reference/routing-contract.md"

ROUTING: Mapping[str, str] = {
    "RT1": "Each demanded unit stands in the plan exactly once: in `assignments`, or in `remainder` with a"
    " reason.",
    "RT2": "No location ships more of a SKU than it can promise, over all lines and kits together; one that"
    " the network does not have ships nothing.",
    "RT3": "No location ships what a rule of the strategy keeps from it: switched off, unable to ship or to"
    " hand over, out of its regions, without what a line requires, or one that rejected the order.",
    "RT4": "An order that is picked up ships from the location that was chosen for it, or stays.",
    "RT5": "An order that ships complete ships whole, or not at all.",
    "RT6": "Lines of one group ship whole from one location, or stay.",
    "RT7": "A unit of a kit ships from a location that holds all of its components.",
    "RT8": "Nothing stays that a location could still ship.",
    "RT9": "Where there is more stock, or one location more, no fewer units ship; and where as many do, the"
    " plan costs no more.",
    "RT10": "A plan says for which order it is and who made it, what it costs in which measure, and a"
    " `lower_bound` that is not above what was least, and equals it where it is `proven`.",
    "RT11": "A plan costs what the cost model says of its shipments.",
    "RT12": "A plan that says `proven` is one: none fills more units, and none that fills as many costs less;"
    " and no plan that fills as many as any plan costs less than its `lower_bound`.",
    "RT13": "There is one verdict on each location of the network: chosen are those that ship, and every"
    " other one has the code of what excluded it or by what it lost.",
    "RT14": "A plan is a value: made of the plain records, it is stored and read back equal, and explains"
    " itself then as it did before.",
    "RT15": "Equal inputs have one plan, in whatever order stock, locations and excluded ones are listed.",
    "RT16": "A strategy remembers nothing that changes an answer: whatever it planned before, it plans this"
    " as a new one would.",
    "RT17": "The plan is the same, byte for byte, under any hash seed.",
    "RT18": "No clock is read and no random number drawn; stock is asked as of `demand.at`, by"
    " `promisable` or `promisable_at`.",
    "RT19": "What a strategy is given it leaves as it was.",
    "RT20": "Of locations that differ in nothing else, the one of lower priority ships, then the one of the"
    " lower id.",
    "RT21": "Arguments of another type, and availability that answers with anything but ints, are refused by"
    " an `OmcoreError`; an error of the availability's own passes through as it is.",
    "RT22": "Without lines nothing ships, without locations everything stays, and whoever has no coordinates"
    " is routed all the same.",
}

numbered(ROUTING, PAGE)

__all__ = ["PAGE", "ROUTING"]
