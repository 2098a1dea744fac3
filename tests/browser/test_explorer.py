"""The explorer's page in a real browser: driven by keys and clicks, its numbers compared with the program's own JSON.

Environment: WENGERT (the program), WENGERT_SCREENSHOTS (a folder for pictures to be looked at; made if missing),
WENGERT_BROWSER (a browser other than those that are looked for). Exits with 77, which Meson counts as skipped, where
there is no browser.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
import browser

WENGERT = os.environ.get("WENGERT", "wengert")
VIEWS = ["tape", "ledger", "cache", "derivation", "memory", "check", "training"]
LETTERS = {"tape": "t", "ledger": "l", "cache": "c", "derivation": "d", "memory": "m", "check": "g", "training": "r"}
DESK, PHONE, PROJECTOR = (1280, 800), (390, 844), (1920, 1080)
READY = "document.documentElement.dataset.ready === 'yes'"

PAGES = {  # name: the net and its options
    "d": ["D", "--epochs", "300"],
    "deep": ["--layers", "2,6,6,6,3", "--epochs", "50"],
    "transformer": ["transformer"],
    "rnn": ["rnn"],
    "large": ["--layers", ",".join(["2"] + ["4"] * 900 + ["3"]), "--samples", "4", "--epochs", "0", "--elements", "20"],
}

chromium = None  # the browser of all tests
folder = None  # where the pages are


def program(*arguments):
    done = subprocess.run([WENGERT, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
                          cwd=folder.name, check=False)
    if done.returncode:
        raise AssertionError(f"wengert {' '.join(arguments)}: {done.returncode}\n{done.stderr.decode()}")
    return done.stdout.decode()


def program_json(*arguments):
    return json.loads(program(*arguments, "--json"))


def setUpModule():
    global chromium, folder
    folder = tempfile.TemporaryDirectory()
    chromium = browser.Browser(browser.find())


def tearDownModule():
    chromium.__exit__()
    folder.cleanup()


def page_file(name):
    path = pathlib.Path(folder.name) / f"{name}.html"
    if not path.exists():
        program("explore", *PAGES[name], "-o", path.name)
    return path


class PageTest(unittest.TestCase):
    """Tests of one page. At the end it has said nothing to the console and asked nothing of the network."""

    name, size = "d", DESK

    def setUp(self):
        self.url = page_file(self.name).as_uri()
        self.page = chromium.page()
        self.addCleanup(self.leave)
        self.page.size(*self.size, mobile=self.size == PHONE)
        self.open()

    def leave(self):
        self.page.collect(0.1)
        self.page.close()
        self.assertEqual(self.page.console, [])
        self.assertEqual([url for url in self.page.requests if not url.startswith((self.url, "about:blank"))], [])

    def open(self, fragment=""):
        self.page.open(self.url + fragment, READY, 90)

    def js(self, expression):
        return self.page.evaluate(expression)

    def set(self, **changes):
        self.js(f"wengert.set({json.dumps(changes)})")
        self.page.frame()

    def state(self, *names):
        state = self.js("wengert.state")
        return tuple(state[name] for name in names) if len(names) > 1 else state[names[0]]

    def key(self, key, times=1):
        self.page.key(key, times)
        self.page.frame()

    def click(self, selector):
        self.page.click(selector)
        self.page.frame()

    def text(self, selector):
        """What an element says; variables in italics and their numbers run on."""
        return self.js(f"document.querySelector({json.dumps(selector)}).textContent")

    def count(self, selector):
        return self.js(f"document.querySelectorAll({json.dumps(selector)}).length")

    def number(self, selector):
        """All digits of the number that an element shows."""
        return self.js(f"document.querySelector({json.dumps(selector)}).dataset.number")

    def shown(self):
        """The views that can be seen."""
        return self.js("[...document.querySelectorAll('[role=tabpanel]')].filter((p) => !p.hidden).map((p) => p.dataset.view)")


# ---- The frame ----


class Frame(PageTest):
    def test_the_page_is_one_file_that_may_load_nothing(self):
        source = page_file("d").read_text(encoding="utf-8")
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', source)[1]
        self.assertRegex(policy, r"^default-src 'none'; script-src 'sha256-[\w+/=]{44}'; style-src 'sha256-[\w+/=]{44}'")
        self.assertNotIn("unsafe", policy)
        self.assertNotRegex(source, r"""(?i)<link|<iframe|<img|@import|url\(['"]?(?!#)|src=['"]?http""")
        self.assertEqual(source.count("<script"), 2)  # the data and what shows it

    def test_every_view_has_a_tab_a_number_and_a_letter(self):
        self.assertEqual(self.js("wengert.views"), VIEWS)
        for i, view in enumerate(VIEWS):
            for press in (lambda: self.click(f"#tab-{view}"), lambda: self.key(str(i + 1)), lambda: self.key(LETTERS[view])):
                self.set(view=VIEWS[i - 1])
                press()
                self.assertEqual((self.state("view"), self.shown()), (view, [view]))
                self.assertEqual(self.js("[...document.querySelectorAll('[role=tab][aria-selected=true]')].map((t) => t.dataset.view)"), [view])
                self.assertIn(f"view={view}", self.js("location.hash"))

    def test_arrows_move_among_the_tabs_that_have_the_focus(self):
        self.js("document.querySelector('#tab-tape').focus()")
        self.key("ArrowRight", 2)
        self.assertEqual((self.state("view"), self.js("document.activeElement.dataset.view")), ("cache", "cache"))
        self.key("ArrowLeft", 3)
        self.assertEqual(self.state("view"), "training")
        self.assertEqual(self.state("step"), 0)

    def test_keys_move_the_step(self):
        last = self.js("wengert.steps.count")
        for key, times, step in [("ArrowRight", 3, 3), ("ArrowDown", 1, 4), ("ArrowLeft", 2, 2), ("ArrowUp", 1, 1),
                                 ("PageDown", 1, 11), ("PageUp", 1, 1), ("End", 1, last), ("ArrowRight", 1, last),
                                 ("Home", 1, 0), ("ArrowLeft", 1, 0)]:
            self.key(key, times)
            self.assertEqual(self.state("step"), step, key)
            self.assertEqual(int(self.js("document.querySelector('#slider').value")), step)
            self.assertEqual(re.sub(r"\D", " ", self.text("#count")).split(), [str(step), str(last)])

    def test_buttons_and_the_slider_move_the_step(self):
        last = self.js("wengert.steps.count")
        self.assertTrue(self.js("document.querySelector('#previous').disabled"))
        for selector, step in [("#next", 1), ("#next", 2), ("#previous", 1), ("#last", last), ("#first", 0)]:
            self.click(selector)
            self.assertEqual(self.state("step"), step, selector)
        self.js("document.querySelector('#slider').focus()")
        self.key("ArrowRight", 2)
        self.assertEqual(self.state("step"), 2)
        self.click("#slider")
        self.assertAlmostEqual(self.state("step") / last, 0.5, delta=0.1)

    def test_space_plays_and_pauses_and_the_end_stops_it(self):
        last = self.js("wengert.steps.count")
        self.set(step=last - 2)
        self.key(" ")
        self.assertTrue(self.state("playing"))
        self.assertEqual(self.js("document.querySelector('#play').getAttribute('aria-pressed')"), "true")
        self.page.wait("wengert.state.step === wengert.steps.count", 10)
        self.assertFalse(self.state("playing"))
        self.key(" ")  # from the beginning again
        self.key(" ")
        self.assertEqual(self.state("playing", "step"), (False, 0))

    def test_the_address_holds_the_place(self):
        self.open("#step=12&view=cache&memo=off&node=7")
        self.assertEqual(self.state("step", "view", "memo", "node"), (12, "cache", False, 7))
        self.assertEqual(self.shown(), ["cache"])
        self.js("location.hash = '#step=3&view=memory&plan=2'")
        self.page.wait("wengert.state.view === 'memory'")
        self.assertEqual(self.state("step", "plan", "memo", "node"), (3, 2, True, None))
        address = self.js("location.hash")
        self.open(address)
        self.assertEqual(self.state("step", "view", "plan"), (3, "memory", 2))

    def test_nonsense_in_the_address_does_no_harm(self):
        last = self.js("wengert.steps.count")
        for fragment, step, view in [("#step=999999&view=tape", last, "tape"), ("#step=-3&view=nothing", 0, "tape"),
                                     ("#step=1.5&view=check&node=99999&plan=-1&frame=1e9", 0, "check"),
                                     ("#%%%&&==&step", 0, "tape"), ("#view=__proto__&memo=<b>", 0, "tape")]:
            self.open(fragment)
            self.assertEqual(self.state("step", "view"), (step, view), fragment)

    def test_the_help_opens_with_its_key_and_closes_with_escape(self):
        self.js("document.querySelector('#next').focus()")
        self.key("?")
        self.assertTrue(self.js("document.querySelector('#help-dialog').open"))
        self.assertTrue(self.js("document.querySelector('#help-dialog').contains(document.activeElement)"))
        for word in ("Home", "memo", "slots", "search"):
            self.assertIn(word, self.text("#help-dialog"))
        self.key("ArrowRight")
        self.assertEqual(self.state("step"), 0)  # keys wait until it is closed
        self.key("Escape")
        self.assertFalse(self.js("document.querySelector('#help-dialog').open"))
        self.assertEqual(self.js("document.activeElement.id"), "next")
        self.click("#help")
        self.click("#help-dialog button")
        self.assertFalse(self.js("document.querySelector('#help-dialog').open"))

    def test_colors_follow_the_system_or_the_reader(self):
        def background():
            return self.js("getComputedStyle(document.body).backgroundColor")

        self.page.media(prefers_color_scheme="light")
        light = background()
        self.page.media(prefers_color_scheme="dark")
        dark = background()
        self.assertNotEqual(light, dark)
        self.click("#theme")
        self.assertEqual((self.state("theme"), background()), ("light", light))
        self.key("x")
        self.assertEqual((self.state("theme"), background()), ("dark", dark))
        self.page.media(prefers_color_scheme="light")
        self.assertEqual(background(), dark)
        self.key("x")
        self.assertEqual((self.state("theme"), background()), ("auto", light))


    def test_the_head_takes_one_row(self):
        head = self.js("document.querySelector('header').getBoundingClientRect().height")
        self.assertLess(head, 70)


# ---- The views ----


class Views(PageTest):
    def test_the_tape_fills_in_with_the_steps(self):
        """At first inputs and parameters have values; forward, each step adds one; in the sweep adjoints follow."""
        self.page.size(1280, 2400)
        forward = self.js("wengert.steps.forward")

        def having(attribute, value):
            return self.js(f"[...document.querySelectorAll('#tape-graph [data-{attribute}={value}]')].map((e) => Number(e.dataset.node))")

        leaves = having("value", "yes")
        kinds = self.js("wengert.data.nodes.map((n) => n.kind)")
        self.assertTrue(leaves and all(kinds[node] != "operation" for node in leaves))
        seen = set(leaves)
        for step in range(1, forward + 1):
            self.key("ArrowRight")
            now = set(having("value", "yes"))
            self.assertEqual(now - seen, {self.js("wengert.step().node")})
            seen = now
        self.assertEqual(having("adjoint", "done"), [])
        self.key("End")
        done = set(having("adjoint", "done"))
        names = self.js("wengert.data.nodes.map((n) => n.name)")
        for name in ("J", "Z2", "A1", "Z1", "W1", "b1", "W2", "b2"):
            self.assertIn(names.index(name), done)
        for name in ("X", "Y"):
            self.assertNotIn(names.index(name), done)

    def test_a_node_is_chosen_by_a_click_and_let_go_by_escape(self):
        node = self.js("wengert.data.nodes.findIndex((n) => n.name === 'Z1')")
        self.click(f"#tape-graph [data-node='{node}']")
        self.assertEqual(self.state("node"), node)
        self.assertIn("chosen", self.text("#detail"))
        self.assertIn(f"node={node}", self.js("location.hash"))
        self.key("Escape")
        self.assertIsNone(self.state("node"))
        row = "#tape-list [data-step='2']"
        self.click(row)
        self.assertEqual(self.state("node"), int(self.js(f"document.querySelector(\"{row}\").dataset.node")))

    def test_the_tape_is_searched(self):
        self.key("/")
        self.assertEqual(self.js("document.activeElement.id"), "search")
        self.page.type("matmul")
        self.page.frame()
        rows = self.js("[...document.querySelectorAll('#tape-list [data-row]')].map((r) => wengert.data.nodes[r.dataset.node].op)")
        self.assertTrue(rows and set(rows) == {"matmul"})
        self.assertEqual(self.state("view"), "tape")  # letters were typed, not pressed
        self.key("Escape")
        self.assertNotEqual(self.js("document.activeElement.id"), "search")

    def test_the_ledger_says_what_a_step_adds_with_numbers_before_and_after(self):
        self.set(view="ledger")
        last, forward = self.js("wengert.steps.count"), self.js("wengert.steps.forward")
        for step in range(1, last + 1):
            self.key("ArrowRight")
            current = self.js("[...document.querySelectorAll('#ledger-list [aria-current=step]')].map((r) => Number(r.dataset.step))")
            self.assertEqual(current, [step])
            about = self.js("wengert.step()")
            name = self.js(f"wengert.data.nodes[{about['node']}].name")
            entry = self.text("#entry")
            self.assertIn(name if step <= forward else f"∂{name}", entry)
            if about["kind"] in ("rule", "sum", "done"):
                shape = self.js(f"wengert.data.nodes[{about['node']}].shape.join(',')")
                self.assertIn(f"({shape})", entry)
            if about["kind"] == "rule":
                # what is there after the step is the engine's value of that node
                corner = self.js(f"wengert.data.values[{about['after']}].corner")
                numbers = self.js("[...document.querySelectorAll('#entry [data-number]')].map((e) => e.dataset.number)")
                self.assertIn(str(corner[0]) if not float(corner[0]).is_integer() else str(int(corner[0])), numbers)

    def test_a_step_is_gone_to_from_the_ledger(self):
        self.set(view="ledger")
        self.click("#ledger-list [data-step='5']")
        self.assertEqual(self.state("step"), 5)

    def test_the_cache_counts_as_the_program_does(self):
        self.set(view="cache")
        study = program_json("study", "memo", "D")
        self.key("End")
        with_memo = {name: int(self.number(f"[data-counter={name}]")) for name in ("rules", "visited", "sums", "lookups", "hits", "misses")}
        sweep = study["with_memo"]
        self.assertEqual(with_memo, {"rules": sweep["rules"], "visited": sweep["adjoints"], "sums": sweep["sums"],
                                     "lookups": sweep["lookups"], "hits": sweep["hits"],
                                     "misses": sweep["lookups"] - sweep["hits"]})
        self.assertEqual(self.number("[data-counter=without]"), study["rules_without_memo"])
        self.assertEqual(self.number("[data-counter=paths]"), study["paths"])
        self.click("#memo")
        self.assertEqual((self.state("memo"), self.js("document.querySelector('#memo').getAttribute('aria-checked')")), (False, "false"))
        self.key("End")
        without = {name: int(self.number(f"[data-counter={name}]")) for name in ("rules", "visited", "sums")}
        sweep = study["without_memo"]
        self.assertEqual(without, {"rules": sweep["rules"], "visited": sweep["adjoints"], "sums": sweep["sums"]})
        self.key("o")
        self.assertTrue(self.state("memo"))

    def test_the_expansion_is_a_tree_of_all_rules_that_fills_in(self):
        self.set(view="cache")
        study = program_json("study", "memo", "D")
        rules = int(study["rules_without_memo"])
        cells = self.count("#expansion [data-occurrence]")
        self.assertEqual(cells, rules + len(study["by_parameter"]))  # a box for each rule, and one for each parameter

        def states():
            found = self.js("[...document.querySelectorAll('#expansion [data-occurrence]')].map((e) => e.dataset.state)")
            return {state: found.count(state) for state in found}

        self.assertNotIn("done", states())
        self.key("End")
        with_memo = states()
        self.assertEqual(with_memo.get("hit"), study["with_memo"]["hits"])
        self.assertNotIn("waiting", with_memo)
        self.key("o")
        self.key("End")
        self.assertEqual({name: n for name, n in states().items() if name != "now"}.keys(), {"done"})

    def test_lines_of_the_derivation_and_nodes_point_at_each_other(self):
        self.set(view="derivation", step=0)
        for form in ("engine", "lecture"):
            lines = program_json("derive", "D", "--form", form)["lines"]
            self.assertEqual(self.js(f"wengert.data.derivation.{form}.lines.map((l) => [l.left, l.right, l.shapes])"),
                             [[line["left"], line["right"], line["shapes"]] for line in lines])
            for i, line in enumerate(lines):
                shown = self.text(f'[data-line="{form}:{i}"]')
                set_as_text = f"{line['left']}= {line['right']}{line['shapes']}".replace("ᵀ", "T").replace("_", "")
                self.assertIn(set_as_text, shown)  # T and words below the line are elements of their own
        lit = "[...document.querySelectorAll('#derivation-graph .lit')].map((e) => wengert.data.nodes[e.dataset.node].name)"
        self.assertEqual(self.js(lit), [])
        box = self.js("(() => { const r = document.querySelector('[data-line=\"lecture:4\"]').getBoundingClientRect(); return [r.x + 40, r.y + 8]; })()")
        self.page.call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])
        self.page.frame()
        self.assertEqual(set(self.js(lit)), {"Z1", "A1"})  # ∂Z1 = ∂A1 ⊙ [Z1 > 0]
        self.click('[data-line="lecture:4"]')
        self.assertEqual(self.js("wengert.data.nodes[wengert.step().node].name"), "Z1")
        current = self.js("[...document.querySelectorAll('[data-line][aria-current=step]')].map((e) => e.dataset.line)")
        self.assertEqual(current, ["engine:4", "lecture:4"])

    def test_the_slots_are_the_plans_that_the_program_makes(self):
        self.set(view="memory")
        slots = self.js("wengert.data.memory.plans.filter((p) => 'slots' in p).map((p) => p.slots)")
        study = program_json("study", "checkpoint", "D", "--slots", ",".join(map(str, slots)))["runs"]
        plans = self.js("wengert.data.memory.plans.map(({steps, ...plan}) => plan)")
        self.assertEqual([(p["policy"], p.get("slots"), p["stages"], p["advances"], p["recomputed"], p["bytes"], p["same_bits"]) for p in plans],
                         [(r["policy"], r.get("slots"), r["stages"], r["advances"], r["recomputed"], r["bytes"], r["same_bits"]) for r in study])
        for plan, run in zip(plans, study):
            if "slots" in plan:
                self.assertEqual(plan["formula"], run["formula"])
        for i, run in enumerate(study):
            self.set(plan=i)
            facts = {name: int(self.number(f"#plan-facts [data-fact={name}]")) for name in ("bytes", "recomputed", "advances", "stages")}
            self.assertEqual(facts, {name: run[name] for name in facts})

    def test_the_slider_of_the_slots_changes_the_plan(self):
        self.set(view="memory")
        self.click("#policy [data-policy=binomial]")
        self.js("document.querySelector('#slots').focus()")
        self.key("Home")
        self.assertEqual(self.text("#slots-word"), "1")
        seen = []
        for _ in range(3):
            seen.append((int(self.text("#slots-word")), int(self.number("#plan-facts [data-fact=advances]"))))
            self.key("ArrowRight")
        self.assertEqual([slots for slots, _ in seen], [1, 2, 3])
        stages = int(self.number("#plan-facts [data-fact=stages]"))
        self.assertEqual(seen[0][1], stages * (stages - 1) // 2)
        self.assertTrue(seen[0][1] > seen[1][1] > seen[2][1])
        self.js("document.activeElement.blur()")
        before = self.state("plan")
        self.key("]")
        self.assertEqual(self.state("plan"), before + 1)
        self.click("#plans tr[data-plan='0'] button")
        self.assertEqual(self.state("plan"), 0)

    def test_the_check_is_a_map_of_all_elements(self):
        self.set(view="check")
        tried = int(self.number("[data-fact=tried]"))
        self.assertEqual(tried, 27)
        self.assertEqual(self.count("#maps [data-element]"), tried)
        self.assertEqual(self.number("[data-fact=verdict]"), "PASS")
        self.assertLess(float(self.number("[data-fact=error]")), 1e-6)
        node = self.js("wengert.data.nodes.findIndex((n) => n.name === 'W1')")
        self.click(f'[data-element="{node}:5"]')
        self.assertIn("W1[1,1]", self.text("#check-tip"))
        entry = self.js(f"wengert.data.check.results.find((r) => r.node === {node}).entries.find((e) => e[0] === 5)")
        shown = self.js("[...document.querySelectorAll('#check-tip [data-number]')].map((e) => Number(e.dataset.number))")
        self.assertEqual(shown, entry[1:4])

    def test_the_gradients_checked_are_those_of_the_tape(self):
        checked = self.js("wengert.data.check.results.map((r) => ({node: r.node, values: r.entries.map((e) => [e[0], e[1]])}))")
        for result in checked:
            adjoint = self.js(f"(wengert.set({{step: wengert.steps.count}}), wengert.adjoint({result['node']}))")
            self.assertEqual(adjoint["status"], "done")
            value = self.js(f"wengert.data.values[{adjoint['adjoint']}]")
            columns = self.js(f"wengert.data.nodes[{result['node']}].shape.at(-1)")
            for index, reverse in result["values"]:
                row, column = divmod(index, columns)
                if row < value["rows"] and column < value["columns"]:
                    there = value["corner"][row * value["columns"] + column]
                    self.assertAlmostEqual(reverse, there, delta=1e-14 + 1e-12 * abs(there))

    def test_the_training_is_scrubbed(self):
        self.set(view="training")
        training = self.js("({epochs: wengert.data.training.epochs, frames: wengert.data.training.frames.map((f) => f.epoch)})")
        self.assertEqual(training["frames"][0], 0)
        self.assertEqual(training["frames"][-1], 300)
        # the first loss is that of the tape: training begins at the weights that the page shows
        root = self.js("wengert.data.values[wengert.data.root].corner[0]")
        self.assertAlmostEqual(training["epochs"][0][1], root, delta=1e-12)
        self.assertLess(training["epochs"][-1][1], root)
        self.js("document.querySelector('#epoch').focus()")
        self.key("Home")
        first = self.js("document.querySelector('#boundary').innerHTML")
        self.assertEqual((self.state("frame"), float(self.number("#training-facts [data-fact=loss]"))), (0, root))
        self.key("End")
        self.assertEqual(self.state("frame"), len(training["frames"]) - 1)
        self.assertEqual(float(self.number("#training-facts [data-fact=loss]")), training["epochs"][-1][1])
        self.assertEqual(int(self.number("#training-facts [data-fact=epoch]")), 300)
        self.assertNotEqual(self.js("document.querySelector('#boundary').innerHTML"), first)
        self.js("document.activeElement.blur()")
        self.key("[")
        self.assertEqual(self.state("frame"), len(training["frames"]) - 2)
        self.click("#loss svg")
        self.assertLess(self.state("frame"), len(training["frames"]) - 2)

    def test_all_views_show_the_same_step(self):
        last = self.js("wengert.steps.count")
        for step in (1, last // 2, last):
            self.set(step=step, view="tape")
            about = self.js("wengert.step()")
            sentence = self.text("#sentence")
            name = self.js(f"wengert.data.nodes[{about['node']}].name")
            self.assertIn(name, sentence)
            for view in VIEWS:
                self.set(view=view)
                self.assertEqual(self.text("#sentence"), sentence)
            self.set(view="ledger")
            self.assertEqual(self.js("[...document.querySelectorAll('#ledger-list [aria-current=step]')].map((r) => Number(r.dataset.step))"), [step])


class Numbers(PageTest):
    """What the page holds is what the program says."""

    name = "transformer"

    def test_the_tape_is_the_programs(self):
        tape = json.loads(program("graph", "transformer", "--format", "json"))["nodes"]
        nodes = self.js("wengert.data.nodes")
        forward = self.js("wengert.data.forward")
        expected = [node for node in tape if node["id"] < forward]
        self.assertEqual([(n["op"], n["inputs"], n["shape"], n["dtype"]) for n in nodes[:forward]],
                         [(n["op"], n["inputs"], n["shape"], n["dtype"]) for n in expected])
        named = [(n["id"], n["name"]) for n in expected if n["name"] and not re.fullmatch(r"v\d+", n["name"])]
        self.assertEqual([(id, nodes[id]["name"]) for id, _ in named], named)

    def test_the_counts_are_the_programs_however_many_digits(self):
        self.page.key("c")
        study = program_json("study", "memo", "transformer", "--budget", "1")
        self.assertEqual(self.js("wengert.data.expansion.rules"), study["rules_without_memo"])
        self.assertEqual(self.js("wengert.data.expansion.paths"), study["paths"])
        rules_of = self.js("wengert.data.expansion.rules_of")
        names = self.js("wengert.data.nodes.map((n) => n.name)")
        for line in study["by_parameter"]:
            self.assertEqual(rules_of[names.index(line["name"])], line["rules_without_memo"])
        self.key("End")
        for name, value in [("rules", study["with_memo"]["rules"]), ("hits", study["with_memo"]["hits"]), ("lookups", study["with_memo"]["lookups"])]:
            self.assertEqual(int(self.number(f"[data-counter={name}]")), value)

    def test_the_check_is_the_programs(self):
        check = program_json("check", "transformer", "--worst", "20")
        results = self.js("wengert.data.check.results")
        names = self.js("wengert.data.nodes.map((n) => n.name)")
        found = {(names[r["node"]], e[0]): e[1:] for r in results for e in r["entries"]}
        compared = 0
        for worst in check["worst"]:
            entry = found.get((worst["parameter"], worst["index"]))
            if entry:
                self.assertEqual(entry[:2], [worst["reverse"], worst["difference"]])
                self.assertEqual(entry[3], worst["verdict"])
                compared += 1
        if self.js("!wengert.data.check.sampled"):
            self.assertEqual(compared, len(check["worst"]))
            self.assertEqual(self.js("wengert.data.check.error_max"), check["error_max"])
        self.assertEqual(self.js("wengert.data.check.verdict"), check["verdict"])

    def test_paths_are_those_of_the_study(self):
        study = {node["name"]: node for node in program_json("study", "paths", "transformer")["nodes"]}
        paths_of = self.js("wengert.data.expansion.paths_of")
        names = self.js("wengert.data.nodes.map((n) => n.name)")
        for name in ("W", "Wup1", "Wqkv1", "E"):
            if name in study and name in names:
                self.assertEqual(paths_of[names.index(name)], study[name]["paths"])


class Recurrent(PageTest):
    name = "rnn"

    def test_weights_used_at_every_step_make_hits_and_sums(self):
        self.key("End")
        study = program_json("study", "memo", "rnn")["with_memo"]
        self.page.key("c")
        self.page.frame()
        self.assertEqual({n: int(self.number(f"[data-counter={n}]")) for n in ("rules", "hits", "sums")},
                         {n: study[n] for n in ("rules", "hits", "sums")})

    def test_what_there_is_no_data_for_is_said(self):
        self.set(view="training")
        self.assertIn("raining", self.text("#view-training"))


# ---- For everyone ----

# The contrast of every text in sight with what lies behind it (WCAG 2.2, 1.4.3): a list of what is below 4.5, or 3 for
# large text. Colors are blended by their alpha and the opacity of all that holds them.
CONTRAST = r"""
(() => {
  document.styleSheets[0].insertRule('* { pointer-events: auto !important }', 0);
  const parse = (text) => { const m = text.match(/rgba?\(([^)]+)\)/); if (!m) return null;
    const p = m[1].split(/[ ,/]+/).map(Number); return {r: p[0], g: p[1], b: p[2], a: p.length > 3 ? p[3] : 1}; };
  const over = (top, below) => ({r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a), a: 1});
  const light = ({r, g, b}) => { const f = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const opacity = (e) => { let o = 1; for (; e && e.nodeType === 1; e = e.parentElement) o *= Number(getComputedStyle(e).opacity); return o; };
  const paint = (e) => { const s = getComputedStyle(e);
    if (e instanceof SVGElement && e.tagName !== 'svg') {
      if (['text', 'tspan', 'g', 'title'].includes(e.tagName) || s.fill === 'none') return null;
      const c = parse(s.fill); return c && {...c, a: c.a * Number(s.fillOpacity) * opacity(e)}; }
    const c = parse(s.backgroundColor); return c && {...c, a: c.a * opacity(e)}; };
  const page = parse(getComputedStyle(document.documentElement).backgroundColor);
  const base = page && page.a ? page : parse(getComputedStyle(document.body).backgroundColor);
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, e = node.parentElement;
    if (!node.data.trim() || e.closest('script, style, title, [aria-hidden=true], [hidden], :disabled')) continue;
    const range = document.createRange(); range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || box.x < 0 || box.y < 0 || box.right > innerWidth || box.bottom > innerHeight) continue;
    const stack = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (!stack.includes(e)) continue;
    const below = stack.slice(stack.indexOf(e)).map(paint).filter((c) => c && c.a > 0);
    let back = {...base, a: 1};
    for (const c of below.reverse()) back = over(c, back);
    const s = getComputedStyle(e), own = parse(e instanceof SVGElement ? s.fill : s.color);
    if (!own) continue;
    const front = over({...own, a: own.a * opacity(e) * (e instanceof SVGElement ? Number(s.fillOpacity) : 1)}, back);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(s.fontSize), large = size >= 24 || (size >= 18.66 && Number(s.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${e.tagName}.${e.getAttribute('class') || ''} in ${e.closest('[id]')?.id}: ${node.data.trim().slice(0, 40)}`);
  }
  document.styleSheets[0].deleteRule(0);
  return [...new Set(found)];
})()
"""

# What stands out of a phone's screen: elements wider than it that are in nothing that scrolls by itself.
WIDER = """
[...document.querySelectorAll('body *')].filter((e) => { const r = e.getBoundingClientRect();
  if (r.width === 0 || r.right <= innerWidth + 1) return false;
  for (let p = e; p && p !== document.body; p = p.parentElement) if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX)) return false;
  return !e.closest('.hidden, [hidden]'); }).map((e) => e.tagName + '#' + e.id + '.' + e.getAttribute('class')).slice(0, 5)
"""


class Everyone(PageTest):
    def test_text_has_contrast_in_every_view_and_both_schemes(self):
        self.page.size(1280, 2000)
        last = self.js("wengert.steps.count")
        for scheme in ("light", "dark"):
            self.page.media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            for view in VIEWS:
                for step in (0, self.js("wengert.steps.forward") + 5, last):
                    self.set(view=view, step=step)
                    self.assertEqual(self.js(CONTRAST), [], f"{scheme}, {view}, step {step}")
            self.key("?")
            self.assertEqual(self.js(CONTRAST), [], f"{scheme}, help")
            self.key("Escape")

    def test_everything_has_a_role_and_a_name(self):
        for view in VIEWS:
            self.set(view=view, step=8)
            tree = self.page.accessibility()
            for role, name in tree:
                if role in ("button", "tab", "slider", "switch", "radio", "img", "image", "table", "grid", "searchbox", "textbox", "dialog", "tablist",
                            "radiogroup", "tabpanel", "columnheader", "heading"):
                    if role == "columnheader" and not name:
                        continue  # the column of the line numbers
                    self.assertTrue(name.strip(), f"a {role} without a name in the view {view}")
            roles = [role for role, _ in tree]
            self.assertEqual(roles.count("tab"), 7)
            self.assertEqual(roles.count("tabpanel"), 1)
            self.assertEqual(roles.count("main"), 1)
            self.assertIn("heading", roles)
            self.assertTrue({"image", "img"} & set(roles) or view == "ledger", view)
            # what is drawn stands in a table, too, if one asks for it
            self.js("document.querySelectorAll(`#view-${wengert.state.view} details`).forEach((d) => { d.open = true; })")
            self.page.frame()
            self.assertTrue(self.js("document.querySelectorAll(`#view-${wengert.state.view} :is(table, [role=table], [role=grid])`).length"), view)

    def test_the_page_has_a_language_one_heading_of_the_first_rank_and_unique_ids(self):
        self.assertEqual(self.js("document.documentElement.lang"), "en")
        self.assertEqual(self.count("h1"), 1)
        for view in VIEWS:
            self.set(view=view)
        self.key("?")
        self.key("Escape")
        self.assertEqual(self.js("[...document.querySelectorAll('[id]')].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i)"), [])
        missing = self.js("[...document.querySelectorAll('[aria-labelledby], [aria-controls], label[for]')].filter((e) => !document.getElementById(e.getAttribute('aria-labelledby') || e.getAttribute('aria-controls') || e.htmlFor)).map((e) => e.outerHTML.slice(0, 80))")
        self.assertEqual(missing, [])

    def test_the_step_is_announced(self):
        self.assertEqual(self.js("document.querySelector('#announce').getAttribute('aria-live')"), "polite")
        self.assertEqual(self.text("#announce"), "")
        last = self.js("wengert.steps.count")
        for step in (1, 2):
            self.key("ArrowRight")
            said = self.text("#announce")
            self.assertTrue(said.startswith(f"Step {step} of {last}. "), said)
        self.key("End")
        self.assertIn("∂", self.text("#announce"))
        self.assertIn(f"step {last} of {last}", self.js("document.querySelector('#slider').getAttribute('aria-valuetext')"))

    def test_everything_is_reached_by_tab_and_the_focus_is_seen(self):
        for view in VIEWS:
            self.set(view=view, step=8)
            self.js("(document.activeElement.blur(), document.body.focus())")
            reached, ids = 0, set()
            for _ in range(80):
                self.page.key("Tab")
                seen = self.js("(() => { const e = document.activeElement; if (e === document.body) return null; const s = getComputedStyle(e), r = e.getBoundingClientRect();"
                               " return {id: e.id || e.textContent.slice(0, 20), outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1.5 || s.boxShadow !== 'none', seen: r.width > 0 && r.height > 0}; })()")
                if seen is None:
                    break
                self.assertTrue(seen["outline"] and seen["seen"], f"{view}: {seen['id']}")
                reached += 1
                ids.add(seen["id"])
            self.assertGreater(reached, 6)
            self.assertTrue({"next", "slider", "help", "theme"} <= ids, f"{view}: {ids}")

    def test_nothing_hangs_on_color_alone(self):
        """Signs and words go with the colors: verdicts, states of adjoints, classes."""
        self.set(view="cache", step=self.js("wengert.steps.count"))
        signs = self.js("[...document.querySelectorAll('#expansion [data-state=hit] .sign')].map((e) => e.textContent)")
        self.assertTrue(signs and set(signs) == {"↺"})
        self.set(view="training")
        marks = self.js("[...new Set([...document.querySelectorAll('#boundary path')].map((e) => (e.getAttribute('d').match(/m[-\\d.]+.*?z/) || [''])[0]))].filter(Boolean).length")
        self.assertGreaterEqual(marks, 3)

    def test_motion_is_reduced_where_that_is_asked_for(self):
        self.page.media(prefers_reduced_motion="reduce")
        for view in VIEWS:
            self.set(view=view)
            self.page.key("ArrowRight")
            self.page.key("o")
            self.assertEqual(self.js("document.getAnimations().filter((a) => a.playState === 'running' && a.effect.getComputedTiming().duration > 1).length"), 0, view)


class Phone(PageTest):
    size = PHONE

    def test_no_view_is_wider_than_the_screen(self):
        for view in VIEWS:
            for step in (0, 9, self.js("wengert.steps.count")):
                self.set(view=view, step=step)
                self.assertLessEqual(self.js("document.documentElement.scrollWidth"), PHONE[0], f"{view}: {self.js(WIDER)}")
                self.assertEqual(self.js(WIDER), [], view)

    def test_steps_are_taken_with_a_thumb(self):
        for selector in ("#first", "#previous", "#next", "#last", "#play", "#theme", "#help", *(f"#tab-{view}" for view in VIEWS)):
            width, height = self.js(f"(() => {{ const r = document.querySelector('{selector}').getBoundingClientRect(); return [r.width, r.height]; }})()")
            self.assertGreaterEqual(min(width, height), 24, selector)  # WCAG 2.2, 2.5.8
        self.click("#next")
        self.click("#tab-training")
        self.click("#tab-ledger")
        self.assertEqual(self.state("step", "view"), (1, "ledger"))
        self.assertTrue(self.js("(() => { const r = document.querySelector('#next').getBoundingClientRect(); return r.bottom <= innerHeight && r.top >= 0; })()"))

    def test_the_chosen_tab_is_in_sight(self):
        for view in VIEWS:
            self.key(LETTERS[view])
            left, right = self.js(f"(() => {{ const r = document.querySelector('#tab-{view}').getBoundingClientRect(); return [r.left, r.right]; }})()")
            self.assertTrue(0 <= left and right <= PHONE[0] + 1, f"{view}: {left} to {right}")

    def test_letters_are_large_enough_to_read(self):
        small = self.js("[...document.querySelectorAll('button, td, th, p, dd, dt, li, h1, h2')].filter((e) => e.offsetParent && parseFloat(getComputedStyle(e).fontSize) < 11).map((e) => e.outerHTML.slice(0, 60))")
        self.assertEqual(small, [])


class Large(PageTest):
    """Ten thousand nodes stay usable: folded by layer, searched, and quick enough."""

    name = "large"

    def test_ten_thousand_nodes(self):
        count = self.js("wengert.data.nodes.length")
        self.assertGreater(count, 10000)
        begin = time.monotonic()
        self.open()
        self.assertLess(time.monotonic() - begin, 60)
        self.page.frame()
        for view in VIEWS:
            begin = time.monotonic()
            self.set(view=view)
            self.assertLess(time.monotonic() - begin, 15, f"to the view {view}")
            begin = time.monotonic()
            for _ in range(5):
                self.key("ArrowRight")
            self.assertLess((time.monotonic() - begin) / 5, 4, f"a step in the view {view}")
            self.assertLess(self.count(f"#view-{view} *"), 30000, f"elements in the view {view}")
        self.key("End")
        self.assertEqual(self.state("step"), self.js("wengert.steps.count"))

    def test_layers_are_folded_and_a_search_finds_them(self):
        self.assertLess(self.count("#tape-graph [data-vertex]"), 400)
        self.assertGreater(self.count("#tape-graph [data-fold]"), 0)
        self.key("/")
        self.page.type("W500")
        self.key("Enter")
        self.assertEqual(self.js("wengert.data.nodes[wengert.state.node].name"), "W500")
        self.assertEqual(self.count(f"#tape-graph [data-vertex='{self.state('node')}']"), 1)
        self.assertIn("W", self.text("#detail"))

    def test_a_row_that_stays_in_sight_while_the_list_scrolls_is_the_same_element(self):
        # so that the press and the release of a click meet the same one
        rows_there = "[...document.querySelectorAll('#tape-list [data-row]')]"
        for by in (6, 5, 1, -3):
            before = self.js(f"{rows_there}.map((row) => (row.seen = true, row.id))")
            self.js(f"{rows_there}[0].closest('.scroller').scrollTop += {by} * {rows_there}[0].offsetHeight")
            self.page.frame()
            rows = self.js(f"{rows_there}.map((row) => [row.id, Boolean(row.seen)])")
            stayed = [name for name, _ in rows if name in before]
            self.assertTrue(5 < len(stayed) < len(rows))
            self.assertEqual([name for name, seen in rows if seen], stayed)
            numbers = [int(name.rsplit("-", 1)[1]) for name, _ in rows]
            self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))

    def test_its_counts_have_all_their_digits(self):
        study = program_json("study", "memo", "--layers", PAGES["large"][1], "--budget", "1")
        self.assertEqual(self.js("wengert.data.expansion.rules"), study["rules_without_memo"])


class Pictures(PageTest):
    """Pictures for the eye: every view at two sizes and in both schemes."""

    def test_pictures_are_taken(self):
        into = pathlib.Path(os.environ.get("WENGERT_SCREENSHOTS") or folder.name)
        into.mkdir(parents=True, exist_ok=True)
        forward = self.js("wengert.steps.forward")
        for size, name in ((DESK, "desk"), (PHONE, "phone")):
            self.page.size(*size, mobile=size == PHONE)
            for scheme in ("light", "dark"):
                self.page.media(prefers_color_scheme=scheme)
                for view in VIEWS:
                    self.set(view=view, step=forward + 14)
                    path = into / f"{view}-{name}-{scheme}.png"
                    self.page.screenshot(path)
                    self.assertGreater(path.stat().st_size, 10000)
        self.page.size(*PROJECTOR)
        self.set(view="cache")
        self.page.screenshot(into / "cache-projector-dark.png")


class Policy(unittest.TestCase):
    def test_the_policy_stops_what_would_load(self):
        page = chromium.page()
        page.open(page_file("d").as_uri(), READY, 90)
        page.collect()
        refused = page.evaluate("fetch('https://example.org/').then(() => 'loaded', () => 'refused')")
        image = page.evaluate("new Promise((done) => { const i = new Image(); i.onload = () => done('loaded'); i.onerror = () => done('refused'); i.src = 'https://example.org/x.png'; })")
        script = page.evaluate("new Promise((done) => { const s = document.createElement('script'); s.textContent = 'window.intruder = 1'; document.body.append(s); done(typeof window.intruder); })")
        page.collect(0.5)
        page.close()
        self.assertEqual((refused, image, script), ("refused", "refused", "undefined"))
        self.assertTrue(any("Content Security Policy" in line for line in page.console), page.console)


if __name__ == "__main__":
    if not browser.find():
        print("skipped: no browser is installed (Debian: apt-get install chromium)")
        sys.exit(77)
    unittest.main(verbosity=1)
