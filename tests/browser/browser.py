"""A headless Chromium driven by its DevTools protocol, over a pipe: nothing but Python's own library and the browser.

https://chromedevtools.github.io/devtools-protocol/ names the methods and events used here.
"""

import base64
import collections
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# Keys by the name of KeyboardEvent.key; other keys are characters, which stand for themselves.
KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35, "PageUp": 33,
        "PageDown": 34, "Escape": 27, "Enter": 13, "Tab": 9, " ": 32}
SHIFT = 8


def find():
    """The browser's path, or None; WENGERT_BROWSER names another."""
    for name in filter(None, (os.environ.get("WENGERT_BROWSER"), *NAMES)):
        path = shutil.which(name)
        try:
            if path and subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0:
                return path
        except (OSError, subprocess.TimeoutExpired):
            pass
    return None


class ProtocolError(Exception):
    pass


class PageError(Exception):
    """What a script of the page threw."""


class Browser:
    """One process of the browser, with a folder of its own. Used as a context."""

    def __init__(self, path):
        self.folder = tempfile.mkdtemp(prefix="wengert-browser-")
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        command = [path, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.folder}", "--no-first-run",
                   "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
                   "--disable-component-update", "--no-default-browser-check", "--hide-scrollbars", "--mute-audio",
                   "--force-color-profile=srgb"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium has no sandbox for root
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "sh", *command], pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True)
        os.close(theirs_in)
        os.close(theirs_out)
        self.reading, self.writing = ours_in, ours_out
        self.buffer = b""
        self.last = 0
        self.events = collections.deque()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close", timeout=10)
        except (ProtocolError, OSError):
            pass
        os.close(self.writing)
        os.close(self.reading)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def receive(self, timeout):
        """The next message; None after so many seconds without one."""
        end = time.monotonic() + timeout
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.reading], [], [], max(0, end - time.monotonic()))
            if not ready:
                return None
            piece = os.read(self.reading, 1 << 20)
            if not piece:
                raise ProtocolError(f"the browser has gone: {self.last_words()}")
            self.buffer += piece
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def last_words(self):
        self.log.flush()
        with open(self.log.name, errors="replace") as stream:
            return stream.read()[-2000:]

    def call(self, method, session=None, timeout=60, **parameters):
        """The result of a method; events that come before it are kept."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self.send(message)
        end = time.monotonic() + timeout
        while True:
            answer = self.receive(end - time.monotonic())
            if answer is None:
                raise ProtocolError(f"{method}: no answer in {timeout} s")
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise ProtocolError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def send(self, message):
        left = json.dumps(message).encode() + b"\0"
        while left:
            left = left[os.write(self.writing, left):]

    def page(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, target, session)


class Page:
    """One tab. What it says to the console, and what it asks of the network, is kept."""

    def __init__(self, browser, target, session):
        self.browser, self.target, self.session = browser, target, session
        self.console, self.requests = [], []
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.call(f"{domain}.enable")

    def call(self, method, timeout=60, **parameters):
        return self.browser.call(method, self.session, timeout, **parameters)

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)

    # ---- What happened ----

    def collect(self, wait=0.0):
        """Sorts the events that have come, and those of the next `wait` seconds; returns their names."""
        end = time.monotonic() + wait
        while True:
            message = self.browser.receive(max(0, end - time.monotonic()))
            if message is None:
                break
            if "method" in message:
                self.browser.events.append(message)
        names = []
        while self.browser.events:
            event = self.browser.events.popleft()
            if event.get("sessionId") != self.session:
                continue
            name, parameters = event["method"], event["params"]
            names.append(name)
            if name == "Runtime.consoleAPICalled":
                said = " ".join(str(a.get("value", a.get("description"))) for a in parameters["args"])
                self.console.append(f"{parameters['type']}: {said}")
            elif name == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                self.console.append(f"exception: {details.get('exception', {}).get('description', details['text'])}")
            elif name == "Log.entryAdded":
                self.console.append(f"{parameters['entry']['level']}: {parameters['entry']['text']}")
            elif name == "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
        return names

    # ---- Going and looking ----

    def open(self, url, ready="document.readyState === 'complete'", timeout=60):
        """Goes there and waits until the expression is true."""
        self.call("Page.navigate", url="about:blank")
        answer = self.call("Page.navigate", url=url)
        if answer.get("errorText"):
            raise ProtocolError(f"{url}: {answer['errorText']}")
        self.wait(ready, timeout)

    def evaluate(self, expression, timeout=60):
        """The value of an expression of JavaScript, or of what it promises."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True,
                           timeout=timeout)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise PageError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def wait(self, expression, timeout=30):
        """Until the expression is true; returns its value."""
        end = time.monotonic() + timeout
        while True:
            try:
                value = self.evaluate(expression)
            except (PageError, ProtocolError):  # the document is being exchanged
                value = None
            if value:
                return value
            if time.monotonic() > end:
                raise PageError(f"still not true after {timeout} s: {expression}")
            time.sleep(0.02)

    def frame(self):
        """Lets the page draw what has changed."""
        self.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    # ---- Doing ----

    def key(self, key, times=1):
        """Presses a key."""
        modifiers = SHIFT if len(key) == 1 and (key.isupper() or key in '?!"%&/()=*:;_>#+~') else 0
        parameters = {"key": key, "modifiers": modifiers, "windowsVirtualKeyCode": KEYS.get(key, 0)}
        if len(key) == 1:
            parameters["text"] = key
        elif key == "Enter":
            parameters["text"] = "\r"
        for _ in range(times):
            self.call("Input.dispatchKeyEvent", type="keyDown", **parameters)
            self.call("Input.dispatchKeyEvent", type="keyUp", **{k: v for k, v in parameters.items() if k != "text"})

    def click(self, selector):
        """Clicks into the middle of what is seen of an element, after scrolling and going there as a hand would: the page
        has drawn what scrolling and the pointer bring about before the button is pressed."""
        self.middle(selector)
        self.frame()
        x, y = self.middle(selector)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.frame()
        x, y = self.middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def middle(self, selector):
        """Scrolls an element into sight; where its middle is then."""
        box = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null;"
            " e.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});"
            " const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;"
            " const hit = document.elementFromPoint(x, y);"
            " return {x, y, width: r.width, hit: Boolean(hit) && (e === hit || e.contains(hit) || hit.contains(e)),"
            " by: hit ? hit.outerHTML.slice(0, 120) : null}; })()")
        if not box or not box["width"]:
            raise PageError(f"nothing to click: {selector}")
        if not box["hit"]:
            raise PageError(f"{selector} is covered by {box['by']}")
        return box["x"], box["y"]

    def type(self, text):
        self.call("Input.insertText", text=text)

    # ---- Surroundings ----

    def size(self, width, height, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def media(self, **features):
        """media(prefers_color_scheme='dark', prefers_reduced_motion='reduce')"""
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def screenshot(self, path, whole=False):
        self.frame()
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as stream:
            stream.write(base64.b64decode(data))

    def accessibility(self):
        """[(role, name)…] of the whole tree, as a screen reader gets it."""
        tree = self.call("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree
                if not node.get("ignored") and "role" in node]
