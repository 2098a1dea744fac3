"""wengert graph: the tape as a table, as DOT, as JSON."""

import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from program import ProgramTest, main


class Table(ProgramTest):
    def test_tape_of_net_d_has_its_nodes_with_shapes(self):
        rows = [line.split() for line in self.good("graph", "D").lines()]
        self.assertEqual(rows[0], ["id", "name", "operation", "inputs", "shape", "formula"])
        by_name = {row[1]: row for row in rows[1:]}
        for name, shape in [("X", "(300,2)"), ("W1", "(2,4)"), ("b1", "(1,4)"), ("Z1", "(300,4)"), ("A1", "(300,4)"),
                            ("W2", "(4,3)"), ("b2", "(1,3)"), ("Z2", "(300,3)"), ("A2", "(300,3)"), ("Y", "(300,3)")]:
            self.assertIn(shape, by_name[name])

    def test_every_node_stands_after_its_inputs(self):
        for net in "ABCDE":
            for node in self.good("graph", net, "--grad", "--json").json()["nodes"]:
                for i in node["inputs"]:
                    self.assertLess(i, node["id"])

    def test_tape_fits_80_columns(self):
        for net in "ABCDE":
            for line in self.good("graph", net).lines():
                self.assertLessEqual(len(line), 80, line)

    def test_gradient_is_there_on_demand(self):
        self.assertNotIn("∂", self.good("graph", "D").out)
        text = self.good("graph", "D", "--grad").out
        for name in ["∂Z2", "∂W2", "∂b2", "∂A1", "∂Z1", "∂W1", "∂b1"]:
            self.assertIn(f" {name} ", text)

    def test_ascii_is_ascii(self):
        for net in "ABCDE":
            self.good("graph", net, "--grad", "--script", "ascii").out.encode("ascii")


class Json(ProgramTest):
    def test_nodes_have_what_a_reader_needs(self):
        document = self.good("graph", "D", "--grad", "--format", "json").json()
        nodes = document["nodes"]
        self.assertEqual([node["id"] for node in nodes], list(range(len(nodes))))
        self.assertEqual(document["parameters"], 27)
        self.assertEqual(document["widths"], [2, 4, 3])
        self.assertEqual(nodes[document["loss"]]["name"], "J")
        self.assertEqual(nodes[document["loss"]]["shape"], [])
        kinds = {node["name"]: node["kind"] for node in nodes}
        self.assertEqual((kinds["X"], kinds["W1"], kinds["Z1"]), ("input", "parameter", "operation"))

    def test_adjoints_have_the_shape_of_what_they_differentiate_by(self):
        for net in "ABCDE":
            nodes = self.good("graph", net, "--grad", "--json").json()["nodes"]
            adjoints = [node for node in nodes if "adjoint_of" in node]
            self.assertGreater(len(adjoints), 2)
            for node in adjoints:
                self.assertEqual(node["pass"], "gradient")
                self.assertEqual(node["shape"], nodes[node["adjoint_of"]]["shape"])


class Dot(ProgramTest):
    def test_has_every_node_and_edge(self):
        nodes = self.good("graph", "D", "--grad", "--json").json()["nodes"]
        text = self.good("graph", "D", "--grad", "--format", "dot").out
        for node in nodes:
            self.assertIn(f"\n  v{node['id']} [label=", text)
            for i in node["inputs"]:
                self.assertIn(f"\n  v{i} -> v{node['id']}", text)

    def test_forward_and_gradient_differ_in_shape(self):
        text = self.good("graph", "D", "--grad", "--format", "dot").out
        self.assertIn("shape=ellipse", text)
        self.assertIn("shape=hexagon", text)
        self.assertNotIn("shape=hexagon", self.good("graph", "D", "--format", "dot").out)

    def test_graphviz_takes_it(self):
        if not shutil.which("dot"):
            self.skipTest("Graphviz is not installed: no program dot")
        for net in "ABCDE":
            for grad in [[], ["--grad"]]:
                text = self.good("graph", net, "--format", "dot", *grad).out
                done = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, timeout=100)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stderr, b"")


if __name__ == "__main__":
    main()
