"""Sets of policies: unique names, one digest, and errors that are kept."""

from hypothesis import given
from hypothesis import strategies as st
from policy_texts import policies, policy_text

from policies.checking import check
from policies.fields import FIELD_AT
from policies.loading import load_all
from policies.model import Policy

GOOD = {
    "a.toml": policy_text("a", {"surface.copy": "deny"}),
    "b.toml": policy_text("b", {"session.idle_lock": "5m"}),
}


def _files(given_policies: list[Policy]) -> dict[str, str]:
    spelled = (
        (p.name, {path: FIELD_AT[path].domain.spell(v) for path, v in p.settings.items()})
        for p in given_policies
    )
    return {f"{k}.toml": policy_text(name, raw) for k, (name, raw) in enumerate(spelled)}


many = st.lists(policies, max_size=5, unique_by=lambda p: p.name)


def test_policies_stand_in_the_order_of_their_names() -> None:
    files = {"1.toml": GOOD["b.toml"], "2.toml": GOOD["a.toml"]}
    assert [p.name for p in load_all(files).policies] == ["a", "b"]


@given(many.flatmap(lambda drawn: st.tuples(st.just(drawn), st.permutations(drawn))))
def test_the_digest_depends_neither_on_files_nor_on_their_order(
    drawn: tuple[list[Policy], list[Policy]],
) -> None:
    one, other = (load_all(_files(given_policies)) for given_policies in drawn)
    noisy = load_all({f"z{name}": f"# a comment\n{text}" for name, text in _files(drawn[1]).items()})
    assert not one.errors
    assert one.digest == other.digest == noisy.digest
    assert len(bytes.fromhex(one.digest)) == 32


@given(many, many)
def test_sets_that_say_different_things_have_different_digests(
    one: list[Policy], other: list[Policy]
) -> None:
    def content(given_policies: list[Policy]) -> list[tuple[str, object]]:
        return sorted(((p.name, p.settings) for p in given_policies), key=lambda pair: pair[0])

    same = content(one) == content(other)
    assert (load_all(_files(one)).digest == load_all(_files(other)).digest) == same


def test_spelling_does_not_change_the_digest_and_meaning_does() -> None:
    def digest(text: str) -> str:
        return load_all({"a.toml": text}).digest

    plain = digest(policy_text("a", {"session.idle_lock": "5m"}, {"roles": ["x", "y"]}))
    assert plain == digest(policy_text("a", {"session.idle_lock": "300s"}, {"roles": ["y", "x", "y"]}))
    assert plain != digest(policy_text("a", {"session.idle_lock": "301s"}, {"roles": ["x", "y"]}))
    assert plain != digest(policy_text("a", {"session.idle_lock": "5m"}, {"roles": ["x"]}))
    assert plain != digest(policy_text("a", {"session.idle_lock": "5m"}, {"groups": ["x", "y"]}))
    assert plain != digest(policy_text("b", {"session.idle_lock": "5m"}, {"roles": ["x", "y"]}))


def test_the_digest_is_pinned() -> None:
    """The audit log holds digests for years: a change of the canonical form must be meant, and raise its version."""
    assert load_all({}).digest == "be327719e6595f64e7a880996603d63cd8fb06d819f77ba4c07e49a86d3c0fdf"
    assert load_all(GOOD).digest == "ce6ef8f8400ff274fe97095fc96d5a44ca0a8bf26cc92ed31da72bbd7777c357"


def test_a_file_in_error_changes_the_digest() -> None:
    good, broken, worse = load_all(GOOD), load_all({**GOOD, "c.toml": "x"}), load_all({**GOOD, "c.toml": "y"})
    assert len({good.digest, broken.digest, worse.digest}) == 3


def test_names_are_unique_across_files() -> None:
    files = {
        "b.toml": "# two\n" + policy_text("same"),
        "a.toml": policy_text("same"),
        "c.toml": policy_text("other"),
    }
    (error,) = check(files)
    assert str(error) == "b.toml:2: policy: the name `same` is taken by a.toml"
    assert load_all(files).errors


def test_all_errors_of_all_files_are_found_in_order() -> None:
    files = {
        "b.toml": policy_text("b", {"surface.copy": "x", "session.concurrent": 0}),
        "a.toml": "policy = 1",
        "good.toml": policy_text("good"),
    }
    assert [(e.file, e.line, e.key) for e in check(files)] == [
        ("a.toml", 1, "policy"),
        ("a.toml", 1, "applies_to"),
        ("b.toml", 3, "surface.copy"),
        ("b.toml", 4, "session.concurrent"),
    ]


def test_nothing_is_wrong_with_good_files() -> None:
    assert check(GOOD) == []
    assert check({}) == []
