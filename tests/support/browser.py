"""Chromium for the browser tests: which program, and the flags that keep it offline. What a test does is not here."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}

OFFLINE = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    # Nothing but this machine has a name: a page that asks elsewhere fails at once, and the test sees it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


class Missing(RuntimeError):
    """There is no Chromium on this machine."""


def find_chromium() -> str | None:
    """The browser's program, None where there is none. Playwright's own download is not used: it needs the internet."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def flags() -> list[str]:
    """Offline, and fit for a container: as root Chromium runs only without its sandbox, and /dev/shm is small there."""
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*OFFLINE, "--disable-dev-shm-usage", *as_root]


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser, closed afterwards. Loads nothing: `with browser() as b: b.new_page(viewport=PHONE)`."""
    program = find_chromium()
    if program is None:
        raise Missing("Chromium is not installed: on Debian, apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=flags())
        try:
            yield running
        finally:
            running.close()
