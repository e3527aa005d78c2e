"""The pictures of the README, from the pages in html/: `make site`, then `make pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from browser import open_browser
from places import ROOT

PICTURES = {
    "front-page.png": "index.html",
    "comparison.png": "openai-agents/compare.html#from=0.13.6&to=0.14.0",
}
"""Of docs/, and the page that each shows."""

WIDE, HIGH = 1280, 720
LARGEST = 200_000  # bytes


def main() -> int:
    """Write each picture; 1 if one is larger than a README should load."""
    status = 0
    with tempfile.TemporaryDirectory() as profile, open_browser(Path(profile)) as browser:
        shown = {"width": WIDE, "height": HIGH, "deviceScaleFactor": 1, "mobile": False}
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shown)
        browser.driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
        for name, address in PICTURES.items():
            page, _, part = address.partition("#")
            browser.open(f"{(ROOT / 'html' / page).as_uri()}#{part}".rstrip("#"), "main")
            path = ROOT / "docs" / name
            browser.driver.save_screenshot(str(path))
            size = path.stat().st_size
            print(f"{name}: {size:,} bytes{' is too large' if size > LARGEST else ''}")
            status |= size > LARGEST
    return status


if __name__ == "__main__":
    sys.exit(main())
