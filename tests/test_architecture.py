"""Imports point down only, and the core needs no torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import malmoi

ROOT = Path(malmoi.__file__).parent
LAYERS = (
    ("cli",),
    ("api",),
    ("serving",),
    ("retrieval",),
    ("experiments",),
    ("recipes",),
    ("training",),
    ("evaluation",),
    ("inference",),
    ("tasks",),
    ("models", "metrics"),
    ("data",),
    ("tokenization",),
    ("text",),
    ("config", "errors", "io", "messages", "shipped"),
)  # the highest first
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
BOTTOM = len(LAYERS) - 1
TORCH_FREE = ("text", "tokenization", "data", "metrics", "tasks", "inference", "recipes", "api", "cli")


SHARED_BY_TASKS = ("base", "calibrated", "settings", "text_task")


def imported_modules(file: Path) -> set[tuple[str, int]]:
    """Return (module within malmoi, line) for every import in a file, those inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            module = node.module or ""
            names = [f"malmoi.{alias.name}" for alias in node.names] if module == "malmoi" else [module]
        found |= {(name.removeprefix("malmoi."), node.lineno) for name in names if name.startswith("malmoi.")}
    return {(name, line) for name, line in found if not name.startswith("__")}


def test_every_part_has_a_layer():
    parts = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert parts - {"__init__", "__main__"} <= set(LEVEL)


def test_imports_point_down():
    wrong = []
    for file in sorted(ROOT.rglob("*.py")):
        own = file.relative_to(ROOT).parts[0].removesuffix(".py")
        if own in ("__init__", "__main__"):
            continue
        for name, line in sorted(imported_modules(file)):
            part = name.partition(".")[0]
            is_sibling = own != part and LEVEL[own] == LEVEL[part] < BOTTOM
            if LEVEL[part] < LEVEL[own] or is_sibling:
                wrong.append(f"{file.relative_to(ROOT)}:{line} imports {part}")
    assert not wrong, "\n".join(wrong)


def test_no_task_imports_another():
    folder, wrong = ROOT / "tasks", []
    for file in sorted(folder.rglob("*.py")):
        own = file.relative_to(folder).parts[0].removesuffix(".py")
        for name, line in sorted(imported_modules(file)):
            layer, _, module = name.partition(".")
            is_own = module.partition(".")[0] in (own, *SHARED_BY_TASKS)
            if layer == "tasks" and not is_own and own != "__init__":
                wrong.append(f"{file.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_tests_mirror_the_tree():
    tests = Path(__file__).parent
    folders = {file.parent.relative_to(tests) for file in tests.rglob("test_*.py")}
    unknown = [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").is_file()]
    assert not unknown, f"tests of no package: {', '.join(unknown)}"


BLOCKED = """
import importlib, pkgutil, sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "safetensors"):
            raise ImportError(f"{name} is not installed")

sys.meta_path.insert(0, Wall())
import malmoi
for name in sys.argv[1:]:
    package = importlib.import_module(f"malmoi.{name}")
    for module in pkgutil.walk_packages(getattr(package, "__path__", []), f"malmoi.{name}."):
        importlib.import_module(module.name)
"""


def test_core_imports_without_torch():
    result = subprocess.run([sys.executable, "-c", BLOCKED, *TORCH_FREE], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_help_does_not_import_numpy_or_torch():
    code = "import sys; from malmoi.cli import main; main(['--help']); sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
