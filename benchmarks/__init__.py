"""What is measured, one file per question.

asv imports this package from its own processes, in which only the framework under test is
installed: the harness is found beside this folder, an adapter of yours beside your asv config.
"""

import os
import sys
from pathlib import Path

# Appended, not inserted: nothing here may hide a module of the framework under test.
for _place in (str(Path(__file__).resolve().parent.parent), os.environ.get("ASV_CONF_DIR")):
    if _place and _place not in sys.path:
        sys.path.append(_place)

# Only where asv looks for benchmarks: a measured process must not parse files.
if sys.argv[1:2] in (["discover"], ["check"]):
    import ast

    _PREFIXES = ("time_", "timeraw_", "mem_", "peakmem_", "track_", "setup", "teardown")
    for _path in Path(__file__).parent.rglob("*.py"):
        for _node in ast.walk(ast.parse(_path.read_bytes())):
            if isinstance(_node, ast.AsyncFunctionDef) and _node.name.startswith(_PREFIXES):
                raise TypeError(
                    f"{_path.name}, line {_node.lineno}: async def {_node.name} would be called and"
                    " never awaited; write def, and run the coroutine in it"
                )
