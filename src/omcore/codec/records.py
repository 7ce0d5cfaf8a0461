"""Records as JSON and back: tagged with their type and schema version.

Decides the stored form and how it grows older (C5). A record is an object of its fields with
``"type"`` and ``"v"`` beside them; records inside its typed fields have no tag of their own, those
in a field of ``Any`` have. Reading converts nothing and fills nothing in: what is not exactly what
the class says is refused with its path. Must not know what the records mean.

When a class changes, its version rises, and so does the version of every record that holds it. An
*upcaster* per earlier version turns the stored fields into those of the next. So what was ever
written can be read, and no default decides what an old fact meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from omcore.codec._hooks import Read, Write, each_entry, strict_converter, within
from omcore.codec.schema import Schemas, checked_fields, schemas_of
from omcore.codec.strict_json import encode, parse_stored, shown
from omcore.kernel import DuplicateId, InputError, InvalidNumber, InvalidType, OmcoreError, UnknownEvent

TYPE = "type"
VERSION = "v"
MAX_VERSION = 10_000

Fields = dict[str, Any]
Upcaster = Callable[[Fields], Fields]
Upcasters = Mapping[tuple[str, int], Upcaster]

_SCALARS = frozenset({str, int, bool})
_TEXT = frozenset({str})
_ENDLESS = "a record that ends"


class UpcastFailed(InputError):
    """An upcaster could not do its work on what was stored. Fields: type, version, problem."""

    code = "upcast_failed"


class _Kind:
    """A class that may be written, its name and version, and how it is read and written."""

    __slots__ = ("cls", "name", "read", "version", "write")

    def __init__(self, cls: type, name: str, version: int) -> None:
        self.cls = cls
        self.name = name
        self.version = version
        self.read: Read | None = None  # made when it is first needed
        self.write: Write | None = None


class Codec:
    """The classes that may be written, and what is done with their earlier versions.

    ``upcasters`` is a table from (type name, version) to a pure function that takes the fields of
    that version, a dict of its own, and gives those of the next. A class is written with the
    version after the last one that the table has for its name; 1 where it has none. For a class
    that was renamed, the table has the versions of its first name, and the last of their functions
    gives ``"type"`` and ``"v"`` besides the fields.

    A codec never changes. The package's own is ``omcore.codec.CODEC``; ``extended`` gives one that
    has yours too.

    Errors: ``InvalidType`` for what is no attrs class, for a field whose type has no stored form,
    and for versions that leave one out; ``DuplicateId`` for two classes of one name.
    """

    def __init__(self, classes: Iterable[type] = (), upcasters: Upcasters | None = None) -> None:
        self._upcasters = dict(_checked_table(upcasters))
        self._by_class: dict[type, _Kind] = {}
        self._by_name: dict[str, _Kind] = {}
        for index, cls in enumerate(_listed(classes)):
            self._add(cls, f"classes[{index}]")
        self._fast = strict_converter(self._read_any, self._write_any, telling=False)
        self._telling = strict_converter(self._read_any_telling, self._write_any_telling, telling=True)

    def _add(self, cls: Any, path: str) -> None:
        checked_fields(cls, (TYPE, VERSION), path)
        name = cls.__name__
        if name in self._by_name:
            raise DuplicateId(path, id=name)
        version = 1
        while (name, version) in self._upcasters:
            version += 1
        self._by_class[cls] = self._by_name[name] = _Kind(cls, name, version)

    def extended(self, *classes: type, upcasters: Upcasters | None = None) -> Codec:
        """A codec that has these classes too; this one stays as it is.

        Errors: as for a new one, and ``DuplicateId`` for an upcaster of what this codec has already.
        """
        more = dict(_checked_table(upcasters))
        for name, version in more:
            if name in self._by_name or (name, version) in self._upcasters:
                raise DuplicateId("upcasters", id=name if name.isidentifier() else None)
        return Codec((*self.classes, *classes), {**self._upcasters, **more})

    @property
    def classes(self) -> tuple[type, ...]:
        """Every class, in the order given."""
        return tuple(self._by_class)

    def version(self, cls: type) -> int:
        """The schema version that a class is written with. ``InvalidType`` for one that is not known."""
        # Not isinstance: it asks the value itself for its class, and anything may be passed.
        if not issubclass(type(cls), type):
            raise InvalidType("cls", expected="a registered class")
        return self._kind(cls).version

    def schemas(self) -> Schemas:
        """The shape of every record as it is written now, by name: to be compared with an earlier one."""
        return schemas_of({kind.cls: (kind.name, kind.version) for kind in self._by_class.values()})

    # -- JSON-ready values -------------------------------------------------------------------

    def to_json(self, value: object) -> Fields:
        """The tagged, JSON-ready form: dict, list, str, int, float, bool and None only.

        Errors: ``InvalidType`` for what is not registered, or holds a value that its field's type
        does not allow (it could not be read again), with the path.
        """
        kind = self._kind(type(value))
        try:
            return self._written(kind, value)
        except Exception:  # noqa: BLE001 - whatever it was, the telling converter says what and where
            told: Fields = self._told(lambda: self._write_any_telling(value))
            return told

    def from_json(self, data: object) -> Any:
        """The record of a tagged form.

        Errors: ``UnknownEvent`` for a type or version that this codec does not know,
        ``UpcastFailed``; else an ``InputError`` with the path of the first field that is missing,
        unknown or not exactly what the class says.
        """
        try:
            return self._read(data)
        except Exception:  # noqa: BLE001 - whatever it was, the telling converter says what and where
            return self._told(lambda: self._read_telling(data))

    # -- text --------------------------------------------------------------------------------

    def dumps(self, value: object) -> str:
        """``to_json`` as canonical text, the same under any hash seed. Errors as ``to_json``."""
        fields = self.to_json(value)
        try:
            return encode(fields)
        except RecursionError:
            raise InvalidType(expected=_ENDLESS) from None
        except ValueError:  # the interpreter's own limit, of thousands of digits
            raise InvalidNumber(reason="more digits than could be read again") from None

    def loads(self, text: object) -> Any:
        """The record of what ``dumps`` wrote, as text or UTF-8 bytes.

        Errors as ``from_json`` and ``parse_json``, but without limits of size and depth: a store may
        keep what never came in at once.
        """
        return self.from_json(parse_stored(text))

    # -- inside ------------------------------------------------------------------------------

    def _kind(self, cls: type) -> _Kind:
        kind = self._by_class.get(cls)
        if kind is None:
            raise InvalidType(expected="a registered record")
        return kind

    def _told(self, again: Callable[[], Any]) -> Any:
        try:
            return again()
        except OmcoreError:
            raise
        except RecursionError:
            raise InvalidType(expected=_ENDLESS) from None
        except Exception:  # noqa: BLE001 - a class and its values are the caller's code
            raise InvalidType(expected="a record") from None

    def _written(self, kind: _Kind, value: Any) -> Fields:
        write = kind.write
        if write is None:
            write = kind.write = self._fast.get_unstructure_hook(kind.cls)
        fields: Fields = write(value)
        fields[TYPE] = kind.name
        fields[VERSION] = kind.version
        return fields

    def _read(self, data: Any) -> Any:
        kind, fields = self._raised(data)
        read = kind.read
        if read is None:
            read = kind.read = self._fast.get_structure_hook(kind.cls)
        return read(fields, kind.cls)

    def _read_telling(self, data: Any) -> Any:
        kind, fields = self._raised(data)
        return self._telling.structure(fields, kind.cls)

    def _raised(self, data: Any) -> tuple[_Kind, Fields]:
        """The class of a tagged form, and its fields in the version that is written now."""
        if type(data) is not dict:
            raise InvalidType(expected="an object with a type")
        fields: Fields = dict(data)
        name, version = fields.pop(TYPE, None), fields.pop(VERSION, None)
        kind = self._by_name.get(name) if type(name) is str else None
        if kind is not None and type(version) is int and version == kind.version:
            return kind, fields
        # Earlier. Each step is another entry of the table, so there cannot be more steps than entries.
        fields = _copied(fields)
        for _ in range(len(self._upcasters)):
            upcaster = self._upcasters.get((name, version)) if _is_tag(name, version) else None
            if upcaster is None:
                break
            fields = _upcast(upcaster, name, version, fields)
            name, version = fields.pop(TYPE, name), fields.pop(VERSION, version + 1)
            kind = self._by_name.get(name) if type(name) is str else None
            if kind is not None and type(version) is int and version == kind.version:
                return kind, fields
        raise UnknownEvent(
            TYPE,
            type=name if type(name) is str and name.isidentifier() and len(name) <= 100 else None,
            version=version if type(version) is int and abs(version) <= MAX_VERSION else None,
        )

    # -- a field that may hold anything ------------------------------------------------------

    def _read_any(self, value: Any, _: Any) -> Any:
        return _read_open(value, self._read)

    def _read_any_telling(self, value: Any, _: Any) -> Any:
        return _read_open(value, self._read_telling)

    def _write_any(self, value: Any) -> Any:
        if value is None or type(value) in _SCALARS:
            return value
        kind = self._by_class.get(type(value))
        return _plain(value, self._write_any) if kind is None else self._written(kind, value)

    def _write_any_telling(self, value: Any) -> Any:
        if value is None or type(value) in _SCALARS:
            return value
        kind = self._by_class.get(type(value))
        if kind is None:
            return _plain(value, self._write_any_telling)
        fields = self._telling.unstructure(value, kind.cls)
        return {**fields, TYPE: kind.name, VERSION: kind.version}


def _read_open(value: Any, tagged: Callable[[Any], Any]) -> Any:
    kind = type(value)
    if value is None or kind in _SCALARS:
        return value
    if kind is dict and TYPE in value and VERSION in value:
        return tagged(value)
    return _plain(value, lambda entry: _read_open(entry, tagged))


def _plain(value: Any, inner: Callable[[Any], Any]) -> Any:
    """Lists and objects with text keys, as they are; a tuple would come back as a list.

    An object that has both ``type`` and ``v`` would come back as a record, and is not taken.
    """
    if type(value) is list:
        return each_entry(value, inner)
    if type(value) is not dict or value.keys() >= {TYPE, VERSION} or not _TEXT.issuperset(map(type, value)):
        raise InvalidType(expected="a registered record or plain JSON")
    made = {}
    for key, entry in value.items():
        try:
            made[key] = inner(entry)
        except Exception as error:  # noqa: BLE001 - whatever the entry raises
            raise within(shown(key), error) from None
    return made


def _copied(value: Any) -> Any:
    """Containers of JSON anew: an upcaster may change what it is given, and nobody else's."""
    if type(value) is dict:
        return {key: _copied(entry) for key, entry in value.items()}
    if type(value) is list:
        return [_copied(entry) for entry in value]
    return value


def _is_tag(name: object, version: object) -> bool:
    return type(name) is str and type(version) is int


def _upcast(upcaster: Upcaster, name: str, version: int, fields: Fields) -> Fields:
    try:
        raised = upcaster(fields)
    except Exception as error:  # noqa: BLE001 - it may meet any data, and fail as it likes
        # The kind of error only: its text may quote what was stored.
        raise UpcastFailed(TYPE, type=name, version=version, problem=type(error).__name__) from None
    if type(raised) is not dict:
        raise UpcastFailed(TYPE, type=name, version=version, problem="not a dict")
    return raised


def _listed(classes: Any) -> list[Any]:
    try:
        return list(classes)
    except Exception:  # noqa: BLE001 - it may be anything
        raise InvalidType("classes", expected="attrs classes") from None


def _checked_table(upcasters: Any) -> dict[tuple[str, int], Upcaster]:
    """A copy of the table; no version of a name may be left out."""
    if upcasters is None:
        return {}
    try:
        table = dict(upcasters)
    except Exception:  # noqa: BLE001 - it may be anything
        raise InvalidType("upcasters", expected="a mapping") from None
    versions: dict[str, list[int]] = {}
    for key, upcaster in table.items():
        if type(key) is not tuple or len(key) != 2 or not _is_tag(*key) or not 1 <= key[1] < MAX_VERSION:
            raise InvalidType("upcasters", expected="keys of (type name, version from 1)")
        if not callable(upcaster):
            raise InvalidType("upcasters", expected="a function for each version")
        versions.setdefault(key[0], []).append(key[1])
    for name, found in versions.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            raise InvalidType("upcasters", expected=f"every version of {shown(name)} from 1 on")
    return table


__all__ = ["Codec", "Fields", "UpcastFailed", "Upcaster", "Upcasters"]
