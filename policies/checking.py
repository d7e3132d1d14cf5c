"""Everything that is wrong with a set of policy files, for the person who writes them."""

from collections.abc import Mapping

from policies.errors import PolicyError
from policies.loading import load_all


def check(files: Mapping[str, str]) -> list[PolicyError]:
    """All errors of `files` (name -> text), by file and line; empty if the set can be put in force."""
    return list(load_all(files).errors)
