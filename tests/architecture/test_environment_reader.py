"""One module reads the environment, so that every setting has one name, one type and one place to be documented."""

import ast
from pathlib import Path

from tests.architecture.source import modules, tree

_READER = Path("services/settings.py")
_NAMES = {"environ", "environb", "getenv", "getenvb", "putenv"}


def _reads(path: Path) -> list[str]:
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in _NAMES and ast.unparse(node.value) == "os":
            found.append(f"{path}:{node.lineno} os.{node.attr}")
        elif isinstance(node, ast.ImportFrom):
            names = {name.name for name in node.names}
            if (node.module == "os" and names & _NAMES) or "BaseSettings" in names:
                found.append(f"{path}:{node.lineno} {ast.unparse(node)}")
    return found


def test_only_settings_reads_the_environment() -> None:
    readers = [read for path in modules("services", "shared") if path != _READER for read in _reads(path)]
    assert not readers
