"""Whatever a store does that the contract forbids, the oracle finds it, and names the clause.

Each broken store of the gallery that a run in one thread can tell from an honest one is given a day of
the shop, and then what honest engines never send: commits that it must refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import attrs
import pytest

import broken_batches
import broken_commits
import broken_feeds
from gallery import GALLERY
from omcore import inventory as inv
from omcore import orders as om
from omcore.kernel import Conflict, Contact, OmcoreError, Ratio, StoreError, Unavailable
from omcore.memory import MemoryStore
from omcore.ports import Answer, Commit, Write
from omcore.testing.simulation.promises import Broken
from watched_shop import SmallShop, Watched

# What no run in one thread shows, or no shop ever says: threads, other processes, what is slow, names
# that differ by case or by accent, cursors of a size, histories of a thousand, writes without events or
# with two alike, hundreds of streams or commits at once; what a second handle remembers is shown to nobody
# who has one.
NOT_SHOWN = frozenset(
    {
        "LoadsOneAfterTheOther",
        "StripsSpaces",
        "NormalizesScripts",
        "CutsNamesAt255",
        "StaysWithoutEvents",
        "LosesWhatComesAfterAWriteWithoutEvents",
        "HasAPageOfHistory",
        "FoldsTheCaseOfKeys",
        "FoldsTheCaseOfReaders",
        "ErasesByPattern",
        "TakesTrueForOne",
        "StripsPeople",
        "DropsEmptyText",
        "TakesNoMoreThan64KiB",
        "HandsOutItsFeed",
        "KeepsTheCallersMapping",
        "ShowsLateCommitsLate",
        "LooksThroughHistory",
        "LooksThroughTheFeed",
        "ReplaysHistory",
        "KeepsCursorsIn32Bits",
        "RaisesWhatItsDatabaseRaises",
        "SaysNothingWhereNothingIsReached",
        "ForgetsAnswers",
        "ForgetsCursors",
        "ForgetsPeople",
        "ChecksWhatItRemembers",
        "HoldsNoLock",
        "LocksWhatItWrites",
        "ChecksKeysWithoutTheLock",
        "TakesNoMoreThan255AtOnce",
        "KeepsABatchInParts",
        "HoldsNoLockForABatch",
        "ChecksTheKeysOfABatchWithoutTheLock",
        "ChecksAHundredReads",
        "CommitsInChunks",
        "RemembersHistory",
        "RemembersPeople",
        "RemembersThatThereIsNoAnswer",
        "TakesEqualEventsForOne",
    }
)


FEES = SmallShop(policies=om.Policies(restocking_fee=Ratio.percent("15")))


def trials(shop: Watched) -> None:
    """What tells a store that is careless from one that is not."""
    shop.busy_day()
    receive, count = inv.ReceiveStock, inv.CountStock
    shop.race(receive("TEE", "nyc", 1, **shop.common()), count("TEE", "nyc", 1, **shop.common()))
    shop.race(count("TEE", "nyc", 5, **shop.common()), receive("TEE", "nyc", 1, **shop.common()))
    until = shop.now + timedelta(hours=1)
    many = (inv.ReservedItem("TEE", "nyc", 500),)
    shop.race(
        inv.ReserveStock("cart-8", "ada", many, until, **shop.common()),
        receive("TEE", "nyc", 1, **shop.common()),
    )
    shop.race(
        om.CancelUnits("o9", **shop.common()), shop_order(shop, "o9")
    )  # what there was not when it was read
    late = shop.common()
    shop.do(receive("HAT", "nyc", 1, "late", key=late["key"], at=late["at"] - timedelta(minutes=1)))
    shop.do(
        receive(
            "HAT",
            "lax",
            1,
            **{**shop.common(), "reason": "late", "at": shop.now.replace(microsecond=700_001)},
        )
    )
    shop.do(om.ErasePersonalData("o1", **shop.common()))
    shop.do(om.CancelUnits("o9", **{**shop.common(), "by": "ada", "reason": "no need"}))
    offers(shop)
    shop.batch(
        shop_order(shop, "o10"),
        om.ErasePersonalData("o2", **shop.common()),
        receive("TEE", "lax", 1, **{**shop.common(), "by": "bob", "reason": "found"}),
        om.ErasePersonalData("o10", **shop.common()),
        shop_order(shop, "o11"),
    )
    shop.do(om.CancelUnits("o10", **shop.common()), om.CancelUnits("o11", **shop.common()))
    shop.dispatch()
    shop.oracle.at_the_end()


def shop_order(shop: Watched, number: str) -> om.PlaceOrder:
    return om.PlaceOrder(shop.draft(number, ("MUG", 1, 100)), order_id=number, **shop.common())


def offers(shop: Watched) -> None:
    """Commits that must be refused, alone and among others."""
    version, state = shop.oracle.mirror.streams["stock/nyc/TEE"].version, shop.stock("nyc", "TEE")
    received = inv.StockReceived(shop.now, "TEE", "nyc", 1, "")
    more = attrs.evolve(state, on_hand=state.on_hand + 1, seen_at=shop.now)
    write = Write("stock/nyc/TEE", (received,), more)
    known = next(iter(shop.oracle.mirror.answers))

    def commit(key: str, reads: dict[str, int], *writes: Write, erase: str = "") -> Commit:
        private: dict[str, Contact | None] = {erase: None} if erase else {}
        return Commit(Answer(key, "h", "stock/nyc/TEE", shop.now), reads, writes, private)

    right = {"stock/nyc/TEE": version}
    no = next(answer.key for answer in shop.oracle.mirror.answers.values() if answer.error)
    refused: Sequence[Commit] = (
        commit("new-1", {"stock/nyc/TEE": version - 1}),
        commit("new-2", {"stock/nyc/TEE": version - 1}, write, erase="o3"),
        commit("new-3", {"stock/nyc/NONE": 1}),
        commit("new-4", {"stock/nyc/TEE": version, "stock/nyc/MUG": 1}, write),
        commit("new-5", {"stock/nyc/TEE": version + 1}, write, erase="o3"),
        commit(known, right, write),
        commit(known, right),
        commit(no, right),
        attrs.evolve(commit("", right), answer=shop.oracle.mirror.answers[known]),
        commit("new-6", right, write, write),
        commit("new-7", {}, write),
    )
    for each in refused:
        offer(shop, each)
    mugs = {"stock/nyc/MUG": shop.oracle.mirror.streams["stock/nyc/MUG"].version}
    for each in refused:
        offer(shop, (commit("fine", mugs, erase="o3"), each))
    offer(shop, (commit("one", right, erase="o3"), commit("one", right)))
    offer(shop, (commit("two", right, write), commit("three", right)))
    # These are right, and the second undoes what the first does.
    kept = attrs.evolve(commit("omcore/five", {}), private={"o3": Contact(name="Ada")})
    offer(shop, (commit("omcore/four", {}, erase="o3"), kept))


def offer(shop: Watched, commits: Commit | tuple[Commit, ...]) -> None:
    oracle, store = shop.oracle, shop.store
    oracle.committing(commits, None)
    try:
        store.commit(commits) if isinstance(commits, Commit) else store.commit_all(commits)
    except Conflict as conflict:
        oracle.refused(commits, conflict)
    else:
        oracle.committed(commits)


SHOWN = sorted(set(GALLERY) - NOT_SHOWN)
assert len({broken_batches, broken_commits, broken_feeds}) == 3, "they hang themselves up in the gallery"


@pytest.mark.parametrize("name", SHOWN)
def test_a_broken_store_is_found(name: str) -> None:
    clause, store = GALLERY[name]
    with pytest.raises(Broken) as found, suppress(OmcoreError):
        trials(Watched(store(), FEES))
    assert found.value.clauses, str(found.value)
    same_thing = SAME_THING.get(name, (clause,))
    assert set(same_thing) & set(found.value.clauses), str(found.value)


# Broken stores that break another clause as well, and show that first.
SAME_THING: dict[str, tuple[str, ...]] = {
    "CreatesWhatIsLookedAt": ("ST1",),
    "FoldsCase": ("ST15",),
    "ForgetsPlans": ("ST13",),
    "PrunesKeys": ("ST6",),
    "RemembersWhatItLoaded": ("ST1",),
}


@pytest.mark.parametrize("make", [MemoryStore])
def test_an_honest_store_passes(make: Callable[[], Any]) -> None:
    trials(Watched(make(), FEES))


def test_most_of_the_gallery_is_shown_by_one_thread() -> None:
    assert set(GALLERY) >= NOT_SHOWN
    assert len(SHOWN) >= 50


class LosesAcknowledgements(MemoryStore):
    """Says that it is away after it has committed, or keeps a part of it."""

    def __init__(self, whole: bool) -> None:
        super().__init__()
        self.whole = whole

    def commit(self, commit: Commit) -> None:
        if commit.answer.key != "k3":
            super().commit(commit)
            return
        if self.whole:
            super().commit(commit)
        elif commit.answer.key not in self._answers:
            self._answers[commit.answer.key] = commit.answer
        raise Unavailable("store")


def test_an_unknown_outcome_is_all_or_nothing() -> None:
    shop = Watched(LosesAcknowledgements(True))
    for _ in range(4):
        shop.receive("nyc", "TEE", 1)
    assert shop.stock("nyc", "TEE").on_hand == 4
    shop = Watched(LosesAcknowledgements(False))
    with pytest.raises(Broken) as found, suppress(StoreError):
        shop.busy_day()
    assert found.value.promise == "PR3"
    assert found.value.clauses
