"""A headless Chromium for tests: opens files, tells errors, requests and what stands there."""

import itertools
import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

# Every picture that takes room, and whether it came; lazy ones are asked for first.
PICTURES = """(async () => {
    const pictures = [...document.images];
    pictures.forEach(each => { each.loading = "eager"; });
    await Promise.all(pictures.map(each => each.decode().catch(() => {})));
    return pictures.map(each => [each.alt, each.naturalWidth > 0 && each.getBoundingClientRect().width > 0]);
})()"""
WIDTHS = "[document.documentElement.scrollWidth, window.innerWidth]"


class Page:
    """One page over Chrome's debugging protocol, through its pipe: no port, and no library."""

    def __init__(self, read, write):
        self._read, self._write, self._buffer = read, write, b""
        self._numbers, self._session = itertools.count(1), None
        self.errors, self.requests, self._loaded = [], [], False
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def open(self, path, query="", width=1280, height=900):
        """Open a file at a width in pixels; below 600 as a phone does."""
        self.errors, self.requests, self._loaded = [], [], False
        phone = width < 600
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        self._call("Page.navigate", url=Path(path).resolve().as_uri() + query)
        self._until(lambda: self._loaded)

    def evaluate(self, expression):
        """Return the value of an expression in the page, awaited."""
        told = self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise AssertionError(told["exceptionDetails"])
        return told["result"].get("value")

    def wait(self, expression, seconds=30):
        """Return the value of an expression once it is true."""
        end = time.monotonic() + seconds
        while not (value := self.evaluate(expression)):
            if time.monotonic() > end:
                raise AssertionError(f"still not true after {seconds} s: {expression}")
            time.sleep(0.1)
        return value

    def outside(self):
        """Return what was asked of any place but the files of the page."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:", "about:"))]

    def shot(self, path):
        """Keep what is seen as a PNG."""
        import base64

        Path(path).write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def _call(self, method, **parameters):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answer = self._until(lambda told=None: told if told and told.get("id") == number else None)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _until(self, found):
        while True:
            while b"\0" in self._buffer:
                text, _, self._buffer = self._buffer.partition(b"\0")
                told = json.loads(text)
                self._note(told)
                if value := found(told) if found.__defaults__ else found():
                    return value
            if not (more := os.read(self._read, 1 << 20)):
                raise AssertionError("the browser is gone")
            self._buffer += more

    def _note(self, told):
        method, parameters = told.get("method"), told.get("params", {})
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(parameters["exceptionDetails"].get("text", ""))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
            self.errors.append(str([each.get("value") for each in parameters["args"]]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])


@contextmanager
def browser(profile):
    """Start Chromium with an empty profile in a folder, and yield its page."""
    ours_read, theirs_write = os.pipe()
    theirs_read, ours_write = os.pipe()

    def pipes():
        # Chrome reads commands from 3 and answers on 4; through other numbers, since these may be the pipes' own.
        from_us, to_us = os.dup(theirs_read), os.dup(theirs_write)
        high = [os.dup2(each, 100 + index) for index, each in enumerate((from_us, to_us))]
        os.dup2(high[0], 3)
        os.dup2(high[1], 4)

    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"]
    process = subprocess.Popen(
        [*command, f"--user-data-dir={profile}"], preexec_fn=pipes, close_fds=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for end in (theirs_read, theirs_write):
        os.close(end)
    try:
        yield Page(ours_read, ours_write)
    finally:
        process.kill()
        process.wait()
        for end in (ours_read, ours_write):
            os.close(end)
