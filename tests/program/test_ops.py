"""wengert ops: the table of operations, and the page of the manual that is made of it."""

import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
from program import ProgramTest, main

ROOT = pathlib.Path(os.environ.get("WENGERT_ROOT", pathlib.Path(__file__).parents[2]))


def names_in_table():
    """The operations of ops/table.h, in its order."""
    return re.findall(r"^WG_OP\((\w+),", (ROOT / "ops" / "table.h").read_text(encoding="utf-8"), re.MULTILINE)


class List(ProgramTest):
    def test_has_every_operation_in_the_order_of_the_table(self):
        self.assertEqual([line.split()[0] for line in self.good("ops").lines()[1:]], names_in_table())

    def test_names_the_inputs_and_what_they_become(self):
        rows = {line.split()[0]: line for line in self.good("ops").lines()}
        self.assertRegex(rows["matmul"], r"^  matmul +a, b  +\S")
        self.assertRegex(rows["concat"], r"^  concat +x0, x1, …  +\S")
        self.assertRegex(rows["relu"], r"^  relu +x +max\(0, x\), elementwise; NaN stays NaN$")


class One(ProgramTest):
    def test_says_how_it_is_called_and_what_its_attributes_are_by_default(self):
        text = self.good("ops", "softmax").out
        for part in ["wg_softmax(wg_node *logits, int64_t axis)", "axis=-1", "SM(logits)", "Errors: no such axis"]:
            self.assertIn(part, text)

    def test_an_operation_without_attributes_has_no_line_for_them(self):
        self.assertNotIn("attributes", self.good("ops", "exp").out)

    def test_an_operation_made_of_others_has_no_formula_of_its_own(self):
        self.assertIn("formula     that of what it is made of", self.good("ops", "huber_loss").out)

    def test_fits_80_columns(self):
        for name in ["sum", "cross_entropy", "scatter", "slice"]:
            for line in self.good("ops", name).lines():
                self.assertLessEqual(len(line), 80, line)


class Json(ProgramTest):
    def test_has_what_a_reader_needs_of_every_operation(self):
        operations = self.good("ops", "--json").json()["operations"]
        self.assertEqual([op["name"] for op in operations], names_in_table())
        for op in operations:
            self.assertGreater(len(op["doc"]), 10, op["name"])
            self.assertGreaterEqual(len(op["inputs"]), 1, op["name"])
            self.assertTrue(op["formula"] or op["composite"], op["name"])
            for attribute in op["attributes"]:
                self.assertIn(attribute["kind"], ["whole number", "number", "word", "list of whole numbers"])
                self.assertIn("default", attribute)

    def test_of_one_has_only_that(self):
        operations = self.good("ops", "clamp", "--json").json()["operations"]
        self.assertEqual([op["name"] for op in operations], ["clamp"])
        self.assertEqual([(a["name"], a["default"]) for a in operations[0]["attributes"]],
                         [("low", "-Infinity"), ("high", "Infinity")])


class Page(ProgramTest):
    def test_the_manual_has_the_table_as_it_is(self):
        page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
        self.assertTrue(page == self.good("ops", "--format", "markdown").out,
                        "docs/operations.md is not up to date: wengert ops --format markdown > docs/operations.md")

    def test_every_operation_has_a_row_and_a_section_that_it_links_to(self):
        page = self.good("ops", "--format", "markdown").out
        for name in names_in_table():
            self.assertEqual(page.count(f"\n| [{name}](#{name}) |"), 1)
            self.assertEqual(page.count(f"\n## {name}\n"), 1)

    def test_every_row_has_four_cells(self):
        for line in self.good("ops", "--format", "markdown").lines():
            if line.startswith("| ["):
                self.assertEqual(len(re.findall(r"(?<!\\)\|", line)), 5, line)


class Mistakes(ProgramTest):
    def test_unknown_operation_gets_a_suggestion(self):
        self.assertIn("unknown operation 'sofmax'; did you mean 'softmax'?", self.fails(2, "ops", "sofmax").messages)
        self.assertIn("'wengert ops' lists them", self.fails(2, "ops", "xylophone").messages)

    def test_the_page_is_of_all_operations(self):
        self.assertIn("for all operations", self.fails(2, "ops", "sum", "--format", "markdown").messages)


if __name__ == "__main__":
    main()
