"""What we ship with the language: the demo's policies, the document for admins, and the benchmark."""

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from policies.actions import Action
from policies.checking import check
from policies.deciding import Request, decide
from policies.documenting import actions_table, fields_table, kinds_table
from policies.explaining import explain
from policies.loading import load_all

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = {
    path.name: path.read_text(encoding="utf-8") for path in (ROOT / "deploy" / "policies").glob("*.toml")
}
DOCUMENT = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
EXAMPLES = [text for text in re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL) if "policy =" in text]

MAY = {
    "annotator": {Action.ITEM_VIEW, Action.ANNOTATION_WRITE, Action.TASK_TAKE, Action.TASK_SUBMIT},
    "reviewer": {
        Action.ITEM_VIEW,
        Action.TASK_REVIEW,
        Action.QUEUE_CHECK,
        Action.ITEM_RELEASE,
        Action.UNMASK_REQUEST,
    },
    "admin": {
        Action.SESSION_WATCH,
        Action.SESSION_END,
        Action.QUEUE_CHECK,
        Action.ITEM_RELEASE,
        Action.DATASET_EXPORT,
        Action.AUDIT_READ,
        Action.POLICY_READ,
        Action.POLICY_WRITE,
        Action.POLICY_APPROVE,
        Action.PEOPLE_WRITE,
        Action.GRANT_APPROVE,
    },
}


def test_the_shipped_policies_are_good() -> None:
    assert sorted(SHIPPED) == ["demo-admins.toml", "demo-annotators.toml", "demo-reviewers.toml"]
    assert check(SHIPPED) == []


@pytest.mark.parametrize("role", MAY)
@pytest.mark.parametrize("project", ["demo", None])
def test_each_role_gets_its_own_policy_and_nothing_else(role: str, project: str | None) -> None:
    request = Request(user="u", roles=tuple(MAY), groups=("demo",), project=project, role=role)
    decision = decide(request, load_all(SHIPPED))
    assert decision.policies == (f"demo-{role}s",)
    assert decision.controls is not None
    assert decision.controls.actions == MAY[role]


@pytest.mark.parametrize("role", MAY)
def test_the_shipped_policies_say_something_about_every_field_and_keep_every_surface_shut(role: str) -> None:
    request = Request(user="u", roles=(role,), groups=(), project="demo", role=role)
    decision = decide(request, load_all(SHIPPED))
    assert decision.controls is not None
    assert [reason.field for reason in decision.reasons if reason.policy is None] == []
    shut = decision.controls.to_dict()["surface"]
    assert isinstance(shut, dict)
    assert {
        shut[key] for key in ("copy", "paste", "print", "download", "context_menu", "drag_out", "save")
    } == {"deny"}
    assert {shut[key] for key in ("on_focus_loss", "on_hidden", "on_capture_key")} == {"blank"}


def test_a_stranger_to_the_shipped_roles_gets_no_session() -> None:
    request = Request(user="u", roles=("owner",), groups=(), project="demo", role="owner")
    assert not decide(request, load_all(SHIPPED)).allowed


@pytest.mark.parametrize("table", [fields_table, actions_table, kinds_table])
def test_the_document_holds_the_tables_of_the_code(table: Callable[[], str]) -> None:
    """`python -m policies` prints what belongs there."""
    assert f"\n{table()}\n" in DOCUMENT


def test_the_documents_examples_are_good_and_compose_as_it_says() -> None:
    files = {f"{k}.toml": text for k, text in enumerate(EXAMPLES)}
    assert len(files) == 2
    assert check(files) == []
    request = Request(
        user="u", roles=("annotator",), groups=("vendor-x", "night-1"), project="lung-ct", role="annotator"
    )
    decision = decide(request, load_all(files))
    assert decision.controls is not None
    assert decision.controls.idle_lock_s == 120
    assert decision.controls.watermark_visible == "{user} {session} {time} {project}"
    shown = [line.split() for line in explain(decision).splitlines()]
    printed = DOCUMENT.rpartition("```\nallowed")[2].partition("  ...")[0].splitlines()
    assert len(printed) == 5
    assert all(line.split() in shown for line in printed[1:])


def _benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "bench_policies", ROOT / "tests" / "benchmarks" / "bench_policies.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_benchmark_gives_its_figures() -> None:
    """Their shape only: how fast this machine is today is the benchmark's business, not a test's."""
    figures = _benchmark().run()
    assert [set(figure) for figure in figures] == [{"name", "value", "unit", "goal", "holds", "detail"}] * 2
    for figure in figures:
        assert figure["holds"] == (0 < figure["value"] < 50)
        assert (figure["unit"], figure["goal"]) == ("µs", "< 50 µs")
