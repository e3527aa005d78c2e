"""Writes every JSON file of the site into one script, so that the site opens as file: too."""

from __future__ import annotations

import json
from pathlib import Path

DATA = "data.js"


def write_data_script(site: Path) -> int:
    """Write `data.js` into `site`, and return its size in bytes.

    The texts go in as they are, since JSON is JavaScript; a dashboard of many commits thus needs
    about twice the disk, and a browser that got the site from a server loads nothing more.
    """
    entries = [
        f"{json.dumps(path.relative_to(site).as_posix())}: {path.read_text(encoding='utf-8')}"
        for path in sorted(site.rglob("*.json"))
    ]
    script = "var SITE_DATA = {\n" + ",\n".join(entries) + "\n};\n"
    return (site / DATA).write_bytes(script.encode("utf-8"))
