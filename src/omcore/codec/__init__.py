"""Codec: records to JSON and back, with schema versions; strict JSON; payload hashes.

Decides how events, states, commands and plans are written down (C5), and what counts as JSON where
it comes in. The only room that knows cattrs and orjson. Must not know stores or channels.
"""

from omcore.codec._hooks import MissingStoredField, UnknownStoredField
from omcore.codec.hashing import payload_hash
from omcore.codec.records import Codec, Fields, Upcaster, Upcasters, UpcastFailed
from omcore.codec.registry import CODEC, dumps, from_json, loads, to_json
from omcore.codec.remembering import RememberingCodec
from omcore.codec.schema import Schema, Schemas, unversioned_changes
from omcore.codec.strict_json import MAX_BYTES, MAX_DEPTH, InvalidJson, dump_json, parse_json

__all__ = [
    "CODEC",
    "MAX_BYTES",
    "MAX_DEPTH",
    "Codec",
    "Fields",
    "InvalidJson",
    "MissingStoredField",
    "RememberingCodec",
    "Schema",
    "Schemas",
    "UnknownStoredField",
    "UpcastFailed",
    "Upcaster",
    "Upcasters",
    "dump_json",
    "dumps",
    "from_json",
    "loads",
    "parse_json",
    "payload_hash",
    "to_json",
    "unversioned_changes",
]
