"""The clauses of the store contract.

Decides the numbers and the sentences; docs/reference/store-contract.md says the same with the
reasons. Must not know any store or any case.
"""

from __future__ import annotations

from collections.abc import Mapping

from omcore.testing._citing import cited, cites, difference, numbered, proves

PAGE = "docs/reference/store-contract.md"

CLAUSES: Mapping[str, str] = {
    "ST1": "A stream that was never written loads as `Loaded(0, None)`, any other with the version and"
    " the state of the last commit that wrote it.",
    "ST2": "`load` answers every name that it was given once, however often it was given, and no other;"
    " reading leaves no trace.",
    "ST3": "One `load` sees all its streams as of one moment.",
    "ST4": "Names of streams, command keys, personal data and cursors are opaque: two are the same only"
    " where they are equal, character by character.",
    "ST5": "A commit is kept whole or not at all: one that was refused leaves no trace in streams, feed,"
    " answers, personal data or cursors.",
    "ST6": "A command key is recorded once: a commit under a recorded key is refused with `Conflict`.",
    "ST7": "Every stream in `reads` must still have the version that was read, else `Conflict`: also one"
    " that is not written, one that did not exist, and where nothing is written at all.",
    "ST8": "A commit raises the version of each stream that it writes by exactly 1, however many events it"
    " adds, and of no other.",
    "ST9": "A commit that writes a stream which it did not read is refused with `Conflict`.",
    "ST10": "A commit that writes one stream twice is refused with `Conflict`.",
    "ST11": "The answer is recorded under its key, a refusal's too; a key without one answers None.",
    "ST12": "`private` sets or replaces personal data with its commit, and erases it where it says None.",
    "ST13": "States, events, answers and personal data come back equal, of the same types, and with their"
    " mappings in the same order.",
    "ST14": "What is changed in a container after it was given or returned changes nothing that is kept.",
    "ST15": "The feed has every committed event once: in order of commits, in one commit in order of"
    " `writes`, in one write in order of `events`.",
    "ST16": "Positions are ints from 1 and rise strictly; an entry never changes.",
    "ST17": "`feed(after, limit)` is the first `limit` entries above `after`, for any page size.",
    "ST18": "No entry ever appears at or below a position that a reader has seen.",
    "ST19": "`history(stream, after)` is the feed of one stream above a version, oldest first; all of it"
    " after 0.",
    "ST20": "An entry says its stream, the stream's version after the commit, the event's index in its"
    " write, the command's key, the answer's `at`, and the commit's `by` and `reason`.",
    "ST21": "A cursor is 0 at first, never moves back, and belongs to one name.",
    "ST22": "Methods raise `Conflict` or `Unavailable`, nothing else; what cannot be reached is"
    " `Unavailable`.",
    "ST23": "What was committed is there when the data is opened again, and goes on from there.",
    "ST24": "Several handles on the same data behave as one store.",
    "ST25": "Of commits that race for a version or a key exactly one wins, and no update is lost.",
    "ST26": "What an operation costs does not grow with history.",
    "ST27": "The engine says the same on it as on `MemoryStore`: answers, states, feed.",
    "ST28": "Every clause holds after any history of commits, good and bad ones mixed.",
    "ST29": "`commit_all` keeps several commits as if each had been committed after the one before it:"
    " versions, states, feed, answers and personal data.",
    "ST30": "`commit_all` keeps all or none: where one commit would be refused after those before it, it is"
    " refused with `Conflict` and leaves no trace of any.",
    "ST31": "What `commit_all` keeps is there all at once: no `load` sees a part of it, and of two that race"
    " for a version or a key one is kept, and none of the other.",
    "ST32": "Callers at the same time, on threads and in processes, are answered as if one after the other,"
    " in the order of the feed: what had ended is there for whoever begins after it.",
    "ST33": "A shop that is simulated on it, where everything fails that can, keeps the promises of the"
    " simulator.",
}


numbered(CLAUSES, PAGE)

__all__ = ["CLAUSES", "PAGE", "cited", "cites", "difference", "proves"]
