"""The shipped action codes against the published table, and the allow list against both."""

import json
import re
from pathlib import Path

import pytest
from pydicom.datadict import dictionary_VR, keyword_for_tag

from viewer.masking.allowed import FORMS, TERMS, Form
from viewer.masking.profile_table import ACTIONS, effective
from viewer.masking.vocabulary import MANUFACTURERS


def test_every_row_of_the_published_table_is_here_and_no_other(shared_data: Path) -> None:
    rows = json.loads((shared_data / "standards" / "ps315_e1-1.json").read_text())["rows"]
    published = {
        int(row["id"], 16): row["basicProfile"] for row in rows if re.fullmatch("[0-9a-f]{8}", row["id"])
    }
    assert published == ACTIONS
    groups = {row["tag"] for row in rows if not re.fullmatch("[0-9a-f]{8}", row["id"])}
    assert groups == {"(50XX,XXXX)", "(60XX,3000)", "(60XX,4000)", "(GGGG,EEEE) WHERE GGGG IS ODD"}


@pytest.mark.parametrize(
    ("code", "action"),
    [
        ("X", "X"),
        ("Z", "Z"),
        ("D", "D"),
        ("U", "U"),
        ("X/Z", "Z"),
        ("X/Z/D", "D"),
        ("Z/D", "D"),
        ("X/Z/U*", "U"),
    ],
)
def test_a_chain_means_what_satisfies_every_type(code: str, action: str) -> None:
    assert effective(code) == action


def test_every_code_of_the_table_has_an_action() -> None:
    assert {effective(code) for code in ACTIONS.values()} == {"X", "Z", "D", "U"}


def test_nothing_that_may_identify_is_on_the_allow_list() -> None:
    assert {keyword_for_tag(tag) for tag in (*FORMS, *TERMS) if tag in ACTIONS} == set()


def test_no_free_text_is_on_the_allow_list() -> None:
    numeric = {"US", "SS", "UL", "SL", "FL", "FD", "IS", "DS", "US or SS"}
    for tag, form in FORMS.items():
        allowed = {
            Form.ITEMS: {"SQ"},
            Form.CODES: {"SQ"},
            Form.STANDARD_UID: {"UI"},
            Form.POINTER: {"AT"},
            Form.DUMMY: {"LO", "SH", "CS", "UT"},  # of which nothing is kept
        }.get(form, numeric)
        assert dictionary_VR(tag) in allowed, keyword_for_tag(tag)
    for tag, words in TERMS.items():
        assert dictionary_VR(tag) in {"CS", "LO"}, keyword_for_tag(tag)
        longest = 32 if words is MANUFACTURERS else 16  # `Picker International, Inc.`
        assert all(re.fullmatch(f"[A-Za-z0-9_ /.,]{{1,{longest}}}", word) for word in words)
