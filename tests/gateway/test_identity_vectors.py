"""The token gate against Wycheproof's forgeries, and a joserfc twin that must agree."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jose import jws as jose_jws
from jose.exceptions import JOSEError
from joserfc import jws as rfc_jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from gateway.errors import Denied, Unconfigured
from gateway.identity.compact import dissect
from gateway.identity.gate import SignatureGate


class Vector:
    def __init__(self, group: dict[str, Any], test: dict[str, Any]) -> None:
        self.key: dict[str, Any] = group.get("public") or group["private"]
        self.text: str = test["jws"]
        self.valid: bool = test["result"] == "valid"
        self.name = f"{test['tcId']} {group['comment']}/{test['comment']}"


@pytest.fixture(scope="module")
def vectors(shared: Path) -> list[Vector]:
    content = json.loads((shared / "conformance" / "jose" / "json_web_signature_test.json").read_text())
    found = [Vector(group, test) for group in content["testGroups"] for test in group["tests"]]
    assert len(found) == content["numberOfTests"] == 401
    return found


def opens(key: Mapping[str, object], text: str) -> bool:
    try:
        SignatureGate([key]).open(text)
    except (Denied, Unconfigured):
        return False
    return True


def jose_alone(vector: Vector) -> bool:
    """What python-jose says, given the key and its algorithm pinned, as its documentation shows."""
    algorithm = vector.key.get("alg") or ("ES256" if vector.key["kty"] == "EC" else "RS256")
    try:
        jose_jws.verify(vector.text, vector.key, [algorithm])
    except JOSEError:
        return False
    return True


def test_no_forgery_passes_the_gate(vectors: list[Vector]) -> None:
    passed = [vector for vector in vectors if opens(vector.key, vector.text)]
    assert [vector.name for vector in passed if not vector.valid] == []
    ours = [vector for vector in vectors if vector.valid and vector.key.get("alg") in ("ES256", "RS256")]
    assert {vector.name for vector in passed} == {vector.name for vector in ours}
    assert len(ours) == 10


def test_python_jose_alone_lets_twelve_forgeries_through(vectors: list[Vector]) -> None:
    # If this changes, a new release may have closed the holes: then read it, and think about the gate again.
    assert sum(jose_alone(vector) and not vector.valid for vector in vectors) == 12


def test_the_one_spelling_alone_stops_what_is_not_byte_identical(vectors: list[Vector]) -> None:
    # Whatever the algorithm: this shows the strict reading by itself, without the gate's list of keys.
    valid = {vector.text for vector in vectors if vector.valid}
    for vector in vectors:
        try:
            dissect(vector.text)
        except Denied:
            continue
        assert not jose_alone(vector) or vector.text in valid, vector.name


def joserfc_says(key: Mapping[str, Any], text: str) -> bool:
    try:
        made = (ECKey if key["kty"] == "EC" else RSAKey).import_key(dict(key))
        rfc_jws.deserialize_compact(text, made, algorithms=["ES256", "RS256"])
    except (JoseError, ValueError):
        return False
    return True


def test_the_joserfc_twin_agrees(vectors: list[Vector]) -> None:
    compared = 0
    for vector in vectors:
        if vector.key.get("alg") not in ("ES256", "RS256"):
            continue
        try:
            dissect(vector.text)
        except Denied:
            continue  # joserfc forgives some spellings too; the gate stands before both
        assert joserfc_says(vector.key, vector.text) is opens(vector.key, vector.text), vector.name
        compared += 1
    assert compared > 250


def test_foreign_key_sets(shared: Path) -> None:
    content = json.loads((shared / "conformance" / "jose" / "json_web_key_test.json").read_text())
    for group in content["testGroups"]:
        public = group.get("public") or group["private"]
        keys = public.get("keys", [public])
        for test in group["tests"]:
            try:
                SignatureGate(keys).open(test["jws"])
            except (Denied, Unconfigured):
                continue
            assert test["result"] == "valid", test["tcId"]
