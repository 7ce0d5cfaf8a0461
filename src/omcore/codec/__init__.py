"""Codec: records to JSON and back, strictly; the one room that knows cattrs."""

from omcore.codec.hashing import payload_hash
from omcore.codec.records import from_json, to_json
from omcore.codec.strict_json import InvalidJson, dump_json, parse_json

__all__ = ["InvalidJson", "dump_json", "from_json", "parse_json", "payload_hash", "to_json"]
