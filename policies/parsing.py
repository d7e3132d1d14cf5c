"""From the text of a policy file to a `Policy`, or to all that is wrong with it.

Nothing unknown is ignored: a section or field that this version does not enforce is an error, so that no
policy claims what nobody does.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.errors import PolicyError, shown
from policies.fields import FIELD_AT, SECTIONS
from policies.lines import KeyLine, first_lines, key_lines
from policies.model import LISTS, AppliesTo, Policy

MAX_BYTES = 256 * 1024  # a long policy with comments is 4 kB
MAX_LINE = 1024  # characters; bounds what a key of very many parts costs the TOML parser
MAX_PATTERNS = 256  # names in one list of `applies_to`
MAX_NAME = 128  # characters of a role, group or project

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_TOP = ("policy", "applies_to", *SECTIONS)
_PLACE = re.compile(r" \(at (?:line ([0-9]+), column [0-9]+|end of document)\)")
_TWICE = ("overwrite a value", "twice", "immutable namespace", "Duplicate inline")  # in `tomllib`'s words


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a file came to: a policy and no errors, or errors and no policy, in order of lines."""

    policy: Policy | None
    errors: tuple[PolicyError, ...]


def parse(text: str, *, file: str) -> Parsed:
    """Reads one policy file. Never raises."""
    try:
        _check_text(text, file)
        found = key_lines(text)
        document = _document(text, file, found)
    except PolicyError as error:
        return Parsed(policy=None, errors=(error,))
    reader = _Reader(file, found)
    policy = reader.policy(document)
    errors = sorted(reader.errors, key=lambda error: error.line or 0)
    return Parsed(policy=None if errors else policy, errors=tuple(errors))


def _check_text(text: str, file: str) -> None:
    size = len(text.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        raise PolicyError(
            f"the file has {size:,} bytes; a policy may have {MAX_BYTES:,}", file=file, line=1, key=""
        )
    if text.startswith("\ufeff"):
        raise PolicyError(
            "the file begins with a byte order mark: save it as UTF-8 without one", file=file, line=1, key=""
        )
    for line, content in enumerate(text.split("\n"), 1):
        if len(content) > MAX_LINE:
            raise PolicyError(
                f"the line is longer than {MAX_LINE:,} characters", file=file, line=line, key=""
            )
        if "\N{REPLACEMENT CHARACTER}" in content:  # what a reader puts for bytes that are not UTF-8
            raise PolicyError("the line is not UTF-8 text", file=file, line=line, key="")


def _document(text: str, file: str, found: tuple[KeyLine, ...]) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise PolicyError("brackets are nested too deeply", file=file, line=_deepest(text), key="") from error
    except ValueError as error:  # also a number too long to convert
        place = _PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
        words = _PLACE.sub("", str(error))
        if any(word in words for word in _TWICE):
            raise _twice(words, file, line, found) from error
        key = next((key.path for key in reversed(found) if key.line == line), "")
        raise PolicyError(
            f"not TOML: {words[:1].lower()}{words[1:]}", file=file, line=line, key=key
        ) from error


def _deepest(text: str) -> int:
    """The first line, from 1, after which the most brackets are open or were."""
    depth, most, where = 0, 0, 1
    for line, content in enumerate(text.split("\n"), 1):
        depth += sum(content.count(bracket) for bracket in "[{")
        if depth > most:
            most, where = depth, line
        depth -= sum(content.count(bracket) for bracket in "]}")
    return where


def _twice(words: str, file: str, line: int, found: tuple[KeyLine, ...]) -> PolicyError:
    """The error for the key that is there a second time, at or before `line`."""
    first: dict[str, int] = {}
    second: KeyLine | None = None
    for key in found:
        if key.line > line:
            break
        if key.path in first:
            second = key
        first.setdefault(key.path, key.line)
    if second is None:  # `a.b` after `a = 1`: two keys that can't both be
        return PolicyError(
            f"not TOML: {words[:1].lower()}{words[1:]}",
            file=file,
            line=line,
            key=found[-1].path if found else "",
        )
    return PolicyError(
        f"is there twice; first on line {first[second.path]}", file=file, line=second.line, key=second.path
    )


class _Reader:
    """Reads the values of one document and collects what is wrong with them."""

    def __init__(self, file: str, found: tuple[KeyLine, ...]) -> None:
        self.errors: list[PolicyError] = []
        self._file = file
        self._lines = first_lines(found)

    def policy(self, document: Mapping[str, Any]) -> Policy:
        self._refuse_unknown("", document, _TOP)
        settings: dict[str, Any] = {}
        for section, keys in SECTIONS.items():
            table = self._table(section, document.get(section, {}), keys)
            settings |= {f"{section}.{key}": table[key] for key in keys if key in table}
        return Policy(
            name=self._name(document),
            file=self._file,
            applies_to=self._applies_to(document),
            settings={path: self._value(path, raw) for path, raw in settings.items()},
        )

    def _fail(self, key: str, cause: str) -> None:
        self.errors.append(PolicyError(cause, file=self._file, line=self._lines.get(key, 1), key=key))

    def _refuse_unknown(self, section: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
        names = list(known)
        for key in table:
            if key not in names:
                near = difflib.get_close_matches(key[:MAX_NAME], names, n=1)
                hint = (
                    f"did you mean `{near[0]}`?"
                    if near
                    else f"known here: {', '.join(f'`{name}`' for name in names)}"
                )
                path = f"{section}.{key}" if section else key
                self._fail(path, f"is unknown to this version, which enforces no such thing; {hint}")

    def _table(self, section: str, raw: object, known: Iterable[str]) -> Mapping[str, Any]:
        if not isinstance(raw, dict):
            self._fail(section, f"must be a section `[{section}]`")
            return {}
        self._refuse_unknown(section, raw, known)
        return raw

    def _value(self, path: str, raw: object) -> Any:
        try:
            return FIELD_AT[path].domain.read(raw)
        except ValueError as error:
            self._fail(path, str(error))
            return None

    def _name(self, document: Mapping[str, Any]) -> str:
        name = document.get("policy")
        if name is None:
            self._fail("policy", 'is missing: a policy begins with its name, `policy = "…"`')
        elif not isinstance(name, str) or _NAME.fullmatch(name) is None:
            self._fail(
                "policy",
                f"{shown(name)} is not a name: 1 to 64 letters, digits, `.`, `_`, `-`; no sign at the ends",
            )
        return name if isinstance(name, str) else ""

    def _applies_to(self, document: Mapping[str, Any]) -> AppliesTo:
        if "applies_to" not in document:
            self._fail(
                "applies_to",
                'is missing: say whom the policy binds; everybody is `applies_to = { projects = ["*"] }`',
            )
            return AppliesTo()
        table = self._table("applies_to", document["applies_to"], LISTS)
        if document["applies_to"] == {}:
            self._fail(
                "applies_to",
                f"names nobody: give at least one of {', '.join(f'`{name}`' for name in LISTS)}",
            )
        return AppliesTo(
            **{key: self._patterns(f"applies_to.{key}", table[key]) for key in LISTS if key in table}
        )

    def _patterns(self, path: str, raw: object) -> tuple[str, ...] | None:
        if not isinstance(raw, list) or not raw or len(raw) > MAX_PATTERNS:
            self._fail(path, f"must be a list of 1 to {MAX_PATTERNS} names; leave it out to mean everybody")
            return None
        for name in raw:
            if not isinstance(name, str) or not _is_name(name):
                self._fail(
                    path,
                    f"{shown(name)} is not a name: 1 to {MAX_NAME} visible characters, no space at the ends",
                )
                return None
        return tuple(sorted(set(raw)))


def _is_name(name: str) -> bool:
    return 1 <= len(name) <= MAX_NAME and name.isprintable() and name == name.strip()
