"""A headless Chromium that can reach this machine and nothing else."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

WAIT_SECONDS = 10
AXE_SECONDS = 200  # on a busy machine, for a page of many rows


def require_browser() -> tuple[str, str]:
    """Return the paths of browser and driver; skip the test, or with REQUIRE_BROWSER=1 fail it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    driver = shutil.which("chromedriver")
    if browser and driver:
        return browser, driver
    reason = f"no {'chromedriver' if browser else 'Chromium'} found; see .ci/browser.sh"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve `directory` on a free local port; gives its address, which ends with a slash."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=directory))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class Browser:
    """One Chromium; remembers what each page asked for and complained about."""

    base = ""  # address of the site under test, ends with a slash

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def forget(self) -> None:
        """Be as one that has just been opened: a new tab has no size, theme or history."""
        former = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        new = self.driver.current_window_handle
        self.driver.switch_to.window(former)
        self.driver.close()
        self.driver.switch_to.window(new)
        self.requests(), self.errors()

    def open(self, address: str, ready: str) -> None:
        """Load `address` in a new document and wait for the CSS selector `ready`."""
        self.driver.get("about:blank")  # or a change of the #part alone would not load anything
        self.driver.get(address)
        self.wait(f"document.querySelector({ready!r}) !== null")

    def wait(self, condition: str) -> None:
        """Wait until the JavaScript expression is true; raises TimeoutException naming it."""
        check: Callable[[Any], Any] = lambda driver: driver.execute_script(f"return {condition}")  # noqa: E731
        WebDriverWait(self.driver, WAIT_SECONDS, 0.05).until(check, condition)

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def look(self, width: int = 1280, theme: str = "light", height: int = 900) -> None:
        """Have pages be so wide, and in the theme that somebody prefers."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        wish = {"name": "prefers-color-scheme", "value": theme}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [wish]})

    @contextmanager
    def without_scripts(self) -> Iterator[None]:
        """Pages that are opened in the block run none; `run` still does."""
        command = "Emulation.setScriptExecutionDisabled"
        self.driver.execute_cdp_cmd(command, {"value": True})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd(command, {"value": False})

    def appearance(self) -> str:
        """The page's words, and where each element is, in which colour and font."""
        found: str = self.driver.execute_script(
            "return JSON.stringify([document.body.innerText,"
            " ...[...document.body.querySelectorAll('*')].map(each => {"
            " const { x, y, width, height } = each.getBoundingClientRect(),"
            " { color, font } = getComputedStyle(each);"
            " return [x, y, width, height, color, font] })])"
        )
        return found

    def violations(self, colours: bool = True, others: bool = True) -> list[str]:
        """What axe finds wrong with the page: its rule and the element, a line each.

        Of its rules those on colours, and all others.
        """
        axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
        self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": f"{axe};0"})
        self.driver.set_script_timeout(AXE_SECONDS)
        found = self.driver.execute_async_script(
            "const [colours, others, done] = arguments;"
            "const ofColour = new Set(axe.getRules(['cat.color']).map(rule => rule.ruleId));"
            "const rules = Object.fromEntries(axe.getRules().map(({ ruleId }) => [ruleId,"
            " ofColour.has(ruleId) ? colours : others]).filter(([, wanted]) => !wanted)"
            ".map(([rule]) => [rule, { enabled: false }]));"
            "axe.run({ resultTypes: ['violations'], rules })"
            ".then(found => done(found.violations.flatMap(rule =>"
            " rule.nodes.map(node => `${rule.id}: ${node.html}`))))",
            colours,
            others,
        )
        return list(found)

    def errors(self) -> list[str]:
        """What the console calls severe since the last call: script errors, refused loads."""
        entries = self.driver.get_log("browser")
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def requests(self) -> tuple[list[str], list[str]]:
        """Addresses asked for since the last call, and those of them that failed."""
        asked: dict[str, str] = {}
        failed = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            method, details = message["method"], message["params"]
            if method == "Network.requestWillBeSent":
                asked[details["requestId"]] = details["request"]["url"]
            elif method == "Network.loadingFailed" and not details.get("canceled"):
                failed.append(asked.get(details["requestId"], "?"))
            elif method == "Network.responseReceived" and details["response"]["status"] >= 400:
                failed.append(details["response"]["url"])
        return list(asked.values()), failed


@contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """Start Chromium with an empty profile in the directory `profile`; skips without one."""
    browser, driver = require_browser()
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "disable-dev-shm-usage",
        "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"user-data-dir={profile}",
        "window-size=1300,900",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    try:
        page = Browser(chrome)
        chrome.get("about:blank")
        page.requests()  # forget those of the browser's own start page
        yield page
    finally:
        chrome.quit()
