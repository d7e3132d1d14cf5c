"""From the texts of policy files to the set that decides. Reading files is the caller's business."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from policies.composing import Column, Memory, Settled, columns
from policies.errors import PolicyError
from policies.fields import FIELD_AT
from policies.lines import first_lines, key_lines
from policies.model import LISTS, Audience, Policy
from policies.parsing import parse

_DIGEST_VERSION = 2  # of the canonical form below; raise it when the form changes


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """All policies of a server, ready to decide.

    `policies` in order of their names. `errors`: what is wrong in any file; one denies every session.
    `digest`: SHA-256 hex of what the policies say; names of files, their order, comments and spelling do not
    change it.
    """

    policies: tuple[Policy, ...]
    audiences: tuple[Audience, ...]
    columns: tuple[Column, ...]
    errors: tuple[PolicyError, ...]
    digest: str
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    def settle(self, mask: int) -> Settled:
        """What the policies of `mask` (bit k: policy k) come to."""
        return self.memory.settle(self.policies, self.columns, mask)


def load(text: str, *, file: str) -> Policy:
    """The policy in `text`. Errors: PolicyError, the first in the file, with file, key and line."""
    parsed = parse(text, file=file)
    if parsed.policy is None:
        raise parsed.errors[0]
    return parsed.policy


def load_all(files: Mapping[str, str]) -> PolicySet:
    """The set of policies in `files` (name -> text). Never raises: `errors` holds what is wrong."""
    policies: list[Policy] = []
    errors: list[PolicyError] = []
    broken: list[str] = []
    taken: dict[str, str] = {}
    for file, text in sorted(files.items()):
        parsed = parse(text, file=file)
        faults = parsed.errors
        if parsed.policy is not None and parsed.policy.name in taken:
            cause = f"the name `{parsed.policy.name}` is taken by {taken[parsed.policy.name]}"
            faults = (
                PolicyError(cause, file=file, line=first_lines(key_lines(text))["policy"], key="policy"),
            )
        if faults or parsed.policy is None:
            errors += faults
            broken.append(text)
        else:
            policies.append(parsed.policy)
            taken[parsed.policy.name] = file
    policies.sort(key=lambda policy: policy.name)
    return PolicySet(
        policies=tuple(policies),
        audiences=tuple(Audience.of(name, policies) for name in LISTS),
        columns=columns(policies),
        errors=tuple(errors),
        digest=_digest(policies, broken),
    )


def _digest(policies: Sequence[Policy], broken: Sequence[str]) -> str:
    content = {
        "version": _DIGEST_VERSION,
        "policies": [_canonical(policy) for policy in policies],
        "broken": sorted(_sha256(text) for text in broken),
    }
    return _sha256(json.dumps(content, sort_keys=True, separators=(",", ":")))


def _canonical(policy: Policy) -> dict[str, object]:
    lists = {key: getattr(policy.applies_to, key) for key in LISTS}
    return {
        "policy": policy.name,
        "applies_to": {key: names for key, names in lists.items() if names is not None},
        "settings": {path: FIELD_AT[path].domain.spell(value) for path, value in policy.settings.items()},
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
