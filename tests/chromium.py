"""One Chromium for all tests of a run: it takes seconds to start, and each test has windows of its own in it anyway."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_NAME = "chromium"
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",  # a mouse
    "--remote-debugging-port=0",
]
"""Playwright's own, as far as they matter here, for a browser that is started without it."""

_START_SECONDS = 120.0
_END_SECONDS = 30.0


class NoChromiumError(Exception):
    """There is no Chromium on this machine."""


@contextmanager
def chromium(profile: Path) -> Generator[str]:
    """Run a browser with a profile in an empty folder; yields the address at which it is driven. Raises NoChromiumError."""
    path = shutil.which(_NAME)
    if path is None:
        raise NoChromiumError(f"there is no {_NAME} on this machine (Debian: apt-get install chromium)")
    command = [path, *_ARGUMENTS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield _address(process, profile / "DevToolsActivePort")
    finally:
        _end(process)


def _address(process: subprocess.Popen[bytes], told: Path) -> str:
    """Wait until the browser has written down where it listens."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        lines = told.read_text().splitlines() if told.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.02)
    raise RuntimeError(f"{_NAME} did not start (exit code {process.poll()})")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
