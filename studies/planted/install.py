"""Install a checkout of the planted package into the environment whose Python runs this.

`python install.py BUILD_DIR`: a copy into site-packages, compiled, with the metadata that
tells its version. No network and no build: it must take well under a second.
"""

import compileall
import shutil
import sys
import sysconfig
from pathlib import Path

PACKAGE = "plantedagents"
VERSION = "1.0"


def main(build_dir: Path) -> None:
    """Replace the installed package by that of `build_dir`."""
    site = Path(sysconfig.get_path("purelib"))
    shutil.rmtree(site / PACKAGE, ignore_errors=True)
    shutil.copytree(build_dir / PACKAGE, site / PACKAGE)
    # Compiled here: benchmark processes might not be allowed to keep bytecode.
    compileall.compile_dir(site / PACKAGE, quiet=1, force=True)
    info = site / f"{PACKAGE}-{VERSION}.dist-info"
    info.mkdir(exist_ok=True)
    metadata = f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: {VERSION}\n"
    (info / "METADATA").write_text(metadata, "utf-8")
    (info / "INSTALLER").write_text("planted\n", "utf-8")
    (info / "RECORD").write_text("", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
