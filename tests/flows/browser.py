"""A real browser over its debugging protocol: keys are pressed, and the page is asked."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import connect
from websockets.sync.connection import Connection

_KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "Escape": (27, "")}
_ARGV = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of it."""

    socket: Connection
    numbers: Iterator[int]

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of https://chromedevtools.github.io/devtools-protocol/, and its answer."""
        number = next(self.numbers)
        said = {"id": number, "method": method, "params": parameters}
        self.socket.send(json.dumps(said))
        while True:
            answer = json.loads(self.socket.recv(timeout=60))
            if answer.get("id") == number:
                return dict(answer["result"])

    def says(self, expression: str) -> Any:
        """The value of an expression of the page."""
        asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        return self.ask("Runtime.evaluate", **asked)["result"].get("value")

    def opens(self, page: Path) -> None:
        """Load a file, whole."""
        self.ask("Page.navigate", url=page.as_uri())
        waits = "new Promise(r => document.readyState === 'complete' ? r(1) : onload = () => r(1))"
        self.says(waits)

    def press(self, key: str) -> None:
        """One key, down and up."""
        code, text = _KEYS[key]
        named = {"key": key, "code": key.strip() or "Space", "windowsVirtualKeyCode": code}
        kind = "keyDown" if text else "rawKeyDown"
        self.ask("Input.dispatchKeyEvent", type=kind, text=text, **named)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **named)

    def tab_to(self, selector: str) -> None:
        """Press Tab until this has the focus, as somebody without a mouse does."""
        for _ in range(60):
            if self.says(f"document.activeElement.matches({json.dumps(selector)})"):
                return
            self.press("Tab")
        raise AssertionError(f"no Tab leads to {selector}")

    def types(self, text: str) -> None:
        self.ask("Input.insertText", text=text)


@contextmanager
def browser() -> Iterator[Tab]:
    """A browser of its own, which knows nobody and is ended afterwards."""
    # What it started may write for a moment longer than it lives itself.
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        argv = [*_ARGV, f"--user-data-dir={home}", "about:blank"]
        surroundings = {"HOME": home, "PATH": "/usr/bin:/bin"}
        with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, env=surroundings) as process:
            try:
                assert process.stderr is not None
                found = (re.search(r"ws://(127\.0\.0\.1:\d+)/", line) for line in process.stderr)
                where = next(one.group(1) for one in found if one)
                with urlopen(f"http://{where}/json/list") as answer:
                    (page, *_) = [one for one in json.load(answer) if one["type"] == "page"]
                with connect(page["webSocketDebuggerUrl"], max_size=None) as socket:
                    yield Tab(socket, count(1))
            finally:
                process.kill()
