"""From omcore's errors to HTTP: a status by the kind of error, and RFC 9457 problem details.

Decides what a client is told. Must not know a framework. The body holds codes, paths and the error's
safe fields, never a value that was refused: so it holds no personal data, and may be logged.
"""

from __future__ import annotations

from omcore.kernel import (
    IdempotencyConflict,
    InputError,
    OmcoreError,
    Refusal,
    StoreError,
    UnknownEvent,
    UnknownId,
)

MEDIA_TYPE = "application/problem+json"

# The first row that fits. docs/decisions says why each.
STATUS: tuple[tuple[type[OmcoreError], int], ...] = (
    (UnknownId, 404),
    (Refusal, 409),  # the state says no; recorded, so that the same key gets it again
    (IdempotencyConflict, 422),  # the key was used for something else: a defect of the client
    (UnknownEvent, 500),  # a record in the store that a newer release wrote: a defect of the server
    (InputError, 422),
    (StoreError, 503),  # unknown whether it was done: ask again, with the same key
    (OmcoreError, 409),  # a recorded refusal that another release had
)


def status_of(error: OmcoreError) -> int:
    """The HTTP status of an error."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def headers_of(status: int) -> dict[str, str]:
    """What stands beside the body: when to ask again, where that helps."""
    return {"Retry-After": "1"} if status == 503 else {}


def problem_of(error: OmcoreError) -> dict[str, object]:
    """The body; ``code`` is what a client compares, ``path`` the field of its request that is meant."""
    return problem(status_of(error), error.code, error.path, dict(error.fields))


def problem(
    status: int, code: str, path: str = "", fields: dict[str, object] | None = None
) -> dict[str, object]:
    """Problem details of whatever says no."""
    return {
        "type": f"/problems/{code}",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "path": path,
        "fields": fields or {},
    }
