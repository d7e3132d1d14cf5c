"""What was measured, kept in the repository: `measured/*.jsonl`, a line for each leak or for each so many of them.

Each line names the tracer's code that it is of, and only lines of today's code count. So that they stay few, those of other
code are left out when the first of today's is written; the history of the repository has them.
"""

import ast
import fcntl
import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "measured"
TRACER = Path(__file__).resolve().parents[2] / "viewer" / "watermark"

Row = dict[str, Any]


@cache
def code(folder: Path = TRACER) -> str:
    """12 hexadecimal digits that stay as they are while nothing but comments, docstrings and layout of the code changes."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        digest.update(f"{file.name}\n{_said(ast.parse(file.read_text('utf-8')))}\n".encode())
    return digest.hexdigest()[:12]


def _said(node: object) -> str:
    """What a part of a program says, the same in each version of Python that parses it alike."""
    if isinstance(node, list):
        return f"[{','.join(_said(each) for each in node)}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    parts = []
    for name, value in ast.iter_fields(node):
        held = value[1:] if name == "body" and _documented(node) else value
        if held is not None and held != []:
            parts.append(f"{name}={_said(held)}")
    return f"{type(node).__name__}({','.join(parts)})"


def _documented(node: ast.AST) -> bool:
    kinds = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


def rows(file: Path, of: str | None = None) -> list[Row]:
    """The lines of `file` that are `of` the tracer's code, or of today's."""
    if not file.is_file():
        return []
    found = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [each for each in found if each["code"] == (of or code())]


def add(file: Path, row: Row, of: str | None = None) -> None:
    """Adds `row` to `file`. Several processes may."""
    of = of or code()
    line = json.dumps({"code": of, **row}, separators=(",", ":"), ensure_ascii=False) + "\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        if not rows(file, of):
            os.ftruncate(kept.fileno(), 0)
        kept.write(line)


def part(text: str) -> tuple[int, int]:
    """`K/N`: which part of how many, K from 1. Errors: ValueError."""
    which, _, count = text.partition("/")
    if not 1 <= int(which) <= int(count):
        raise ValueError(f"`{text}` is no part such as 1/2")
    return int(which) - 1, int(count)
