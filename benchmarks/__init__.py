"""What is measured, one file per question.

asv imports this package from its own processes, in which only the framework under test is
installed: the harness is found beside this folder.
"""

import sys
from pathlib import Path

# Appended, not inserted: nothing here may hide a module of the framework under test.
_ROOT = str(Path(__file__).resolve().parent.parent)
if _ROOT not in sys.path:
    sys.path.append(_ROOT)
