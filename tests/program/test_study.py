"""wengert study: the figures of the theory, from runs of the program."""

import os
import pathlib
import re
import shlex
import sys
import xml.etree.ElementTree

sys.dont_write_bytecode = True
from program import ProgramTest, main


class StudyTest(ProgramTest):
    def study(self, *arguments):
        return self.good("study", *arguments, "--json").json()

    def drawing(self, *arguments):
        """The drawing, which is well-formed, has its own colors for dark pages, and says what it shows."""
        self.good("study", *arguments, "--svg", "study.svg")
        with open(f"{self.folder.name}/study.svg", encoding="utf-8") as stream:
            text = stream.read()
        svg = xml.etree.ElementTree.fromstring(text)
        self.assertEqual(svg.get("role"), "img")
        self.assertGreater(len(svg.find("{http://www.w3.org/2000/svg}desc").text), 40)
        self.assertIn("prefers-color-scheme:dark", text)
        self.assertNotRegex(text, r"\b(nan|inf)\b")
        return text

    def text(self, *arguments):
        """What is printed, which fits on a terminal of 80 columns."""
        lines = self.good("study", *arguments).lines()
        for line in lines:
            self.assertLessEqual(len(line), 80, line)
        return "\n".join(lines)


class LecturesTable(StudyTest):
    """Each row of "Theory to show with measured numbers", from a run of the study that shows it."""

    def test_cheap_gradient(self):
        total = self.study("cost", "D")["total"]
        self.assertEqual((total["forward"]["multiply_adds"], total["reverse"]["multiply_adds"] - 6000), (6000, 9600))
        self.assertEqual((total["reverse"]["multiply_add_ratio"], total["differences"]["multiply_adds"]), (2.6, 324000))
        self.assertEqual(self.study("cost", "D", "--inputs")["total"]["reverse"]["multiply_add_ratio"], 3.0)

    def test_speelpennings_product(self):
        mul = self.study("cost", "--product", "100")["operations"]["mul"]
        self.assertEqual((mul["forward"]["operations"], mul["reverse"]["operations"]), (99, 297))

    def test_paths_against_edges(self):
        rows = self.study("memo", "--graph", "doubling", "--largest", "30")["graphs"][0]["rows"]
        self.assertEqual((rows[-1]["size"], rows[-1]["paths"], rows[-1]["rules"]), (30, "1073741824", 60))
        for row in rows:
            self.assertEqual((int(row["paths"]), row["rules"]), (2 ** row["size"], 2 * row["size"]))

    def test_paths_from_one_element_of_w1(self):
        widths = [2] + [10] * 14 + [3]  # fifteen layers
        document = self.study("paths", "--layers", ",".join(map(str, widths)), "--samples", "1", "--of", "W1[0,2]")
        self.assertEqual((document["element_paths"], document["paths"]), (str(10 ** 13 * 3), "1"))

    def test_binomial_checkpointing(self):
        for length, published in [(100, {3: 490, 5: 316, 10: 222}), (1000, {3: 12155, 5: 6284, 10: 3636})]:
            runs = self.study("checkpoint", "--length", str(length), "--slots", "3,5,10")["runs"]
            binomial = {run["slots"]: (run["advances"], run["recomputed"]) for run in runs if "slots" in run}
            self.assertEqual(binomial, {slots: (advances, advances) for slots, advances in published.items()})

    def test_root_n_checkpointing(self):
        runs = self.study("checkpoint", "--length", "100", "--slots", "1")["runs"]
        self.assertEqual([(run["values_predicted"], run["recomputed"]) for run in runs if run["policy"] == "sqrt"],
                         [(20, 90)])

    def test_layers(self):
        rows = {row["size"]: row for row in self.study("memo", "--graph", "layers")["graphs"][0]["rows"]}
        for L, numbers in [(2, (16, 12, 8, 7)), (100, (20400, 20200, 400, 399))]:
            row = rows[L]
            self.assertEqual((int(row["factors_without_reuse"]), int(row["products_without_reuse"]), row["factors"],
                              row["products"]), numbers)

    def test_residual_blocks_double_the_paths(self):
        for row in self.study("memo", "--graph", "residual")["graphs"][0]["rows"]:
            self.assertEqual(int(row["paths"]), 2 ** row["size"])


class Memo(StudyTest):
    def rows(self, graph, largest):
        document = self.study("memo", "--graph", graph, "--largest", str(largest))["graphs"][0]
        self.assertEqual(document["graph"], graph)
        return {row["size"]: row for row in document["rows"]}, document["growth"]

    def test_thirty_doublings_have_1073741824_paths_and_60_edges(self):
        row = self.rows("doubling", 30)[0][30]
        self.assertEqual((row["paths"], row["rules"]), ("1073741824", 60))
        self.assertFalse(row["executed_without_memo"])
        self.assertEqual(int(row["rules_without_memo"]), 2 ** 31 - 2)

    def test_a_hundred_layers_have_the_lectures_factors_and_products(self):
        rows, growth = self.rows("layers", 100)
        for L, row in rows.items():
            if L > 1:
                self.assertEqual((int(row["factors_without_reuse"]), int(row["products_without_reuse"])),
                                 (2 * L * L + 4 * L, 2 * L * (L + 1)))
                self.assertEqual((row["factors"], row["products"]), (4 * L, 4 * L - 1))
        self.assertEqual((int(rows[100]["factors_without_reuse"]), rows[100]["factors"]), (20400, 400))
        self.assertEqual(growth["factors_without_reuse"]["law"], "quadratic")
        self.assertEqual(growth["factors"]["law"], "linear")

    def test_two_layers_take_16_factors_and_12_products_against_8_and_7(self):
        row = self.rows("layers", 2)[0][2]
        self.assertEqual((row["factors_without_reuse"], row["products_without_reuse"], row["factors"], row["products"]),
                         ("16", "12", 8, 7))

    def test_blocks_are_exponential_and_chains_quadratic_without_memo_and_linear_with(self):
        for graph, law in [("chain", "quadratic"), ("residual", "exponential"), ("doubling", "exponential"),
                           ("layers", "quadratic")]:
            growth = self.rows(graph, 100)[1]
            self.assertEqual(growth["rules_without_memo"]["law"], law, graph)
            self.assertEqual(growth["rules"]["law"], "linear", graph)

    def test_counts_are_exact_where_64_bits_end(self):
        rows, _ = self.rows("residual", 500)
        self.assertEqual(int(rows[500]["paths"]), 2 ** 500)
        self.assertEqual(int(rows[500]["rules_without_memo"]), 3 * (2 ** 500 - 1))

    def test_what_is_executed_gives_the_same_gradient_with_as_many_rules_as_counted(self):
        for graph in ("chain", "residual", "doubling", "layers"):
            rows, _ = self.rows(graph, 10)
            for row in rows.values():
                self.assertTrue(row["same_gradient"])
                self.assertEqual(row["rules_executed_without_memo"], int(row["rules_without_memo"]))

    def test_beyond_the_budget_it_is_only_counted(self):
        rows = self.study("memo", "--graph", "chain", "--largest", "10", "--budget", "54")["graphs"][0]["rows"]
        self.assertEqual([row["executed_without_memo"] for row in rows], [True, True, True, False])
        self.assertRegex(self.text("memo", "--graph", "doubling"), r"(?m)^ +100 .* 1\.27e30 .*counted$")

    def test_tables_fit_on_a_terminal(self):
        self.text("memo")
        self.text("memo", "--graph", "doubling", "--largest", "30")

    def test_a_net_is_looked_at_parameter_by_parameter(self):
        document = self.study("memo", "D")
        # edges from J: div_count, sum, terms, Z2; from there b2, matmul, W2, A1; Z1; b1, matmul; W1
        self.assertEqual([(line["name"], line["rules_without_memo"], line["rules_new"]) for line in document["by_parameter"]],
                         [("b2", "4", 4), ("W2", "5", 2), ("b1", "7", 3), ("W1", "8", 2)])
        self.assertEqual((document["with_memo"]["rules"], document["without_memo"]["rules"]), (11, 24))
        self.assertTrue(document["same_gradient"])
        # ∂J/∂Z2, then ∂Z2/∂W2, ∂Z2/∂b2, ∂Z2/∂A1, ∂A1/∂Z1, ∂Z1/∂W1, ∂Z1/∂b1: the loss is made of Z2 directly
        self.assertEqual(document["named"], {"factors": 7, "products": 6, "factors_without_reuse": 12,
                                             "products_without_reuse": 8})
        text = self.text("memo", "D")
        self.assertRegex(text, r"(?m)^  W1 +\(2,4\) +1 +8 +2$")
        self.assertRegex(text, r"(?m)^  rules applied +11 +24$")

    def test_layers_of_ones_own_are_swept_both_ways_or_counted(self):
        widths = ",".join(["5"] * 41)
        document = self.study("memo", "--layers", widths)
        self.assertTrue(document["executed_without_memo"] and document["same_gradient"])
        self.assertEqual(document["without_memo"]["rules"], int(document["rules_without_memo"]))
        self.assertGreater(int(document["rules_without_memo"]), 10 * document["with_memo"]["rules"])
        counted = self.study("memo", "--layers", widths, "--budget", "100")
        self.assertFalse(counted["executed_without_memo"])
        self.assertNotIn("without_memo", counted)
        self.assertEqual(counted["rules_without_memo"], document["rules_without_memo"])
        self.assertIn("beyond the budget", self.text("memo", "--layers", widths, "--budget", "100"))

    def test_weights_used_at_every_step_have_a_path_for_each(self):
        # step t of T reaches the weights by way of the steps after it: 1 + 2 + … + T paths through the outputs
        lines = {line["name"]: line for line in self.study("memo", "rnn", "--steps", "6")["by_parameter"]}
        self.assertEqual(lines["Wh1"]["paths"], str(6 * 7 // 2))

    def test_the_plot_of_a_net_has_both_sums(self):
        text = self.drawing("memo", "E")
        self.assertIn("without memo", text)
        self.assertIn(">W1<", text)

    def test_a_graph_and_a_net_are_two_things(self):
        self.assertIn("--graph", self.fails(2, "study", "memo", "D", "--graph", "chain").messages)
        self.assertIn("there is no net", self.fails(2, "study", "memo", "Z").messages)

    def test_the_plot_names_every_curve(self):
        text = self.drawing("memo", "--largest", "20")
        for graph in ("chain", "residual", "doubling", "layers"):
            self.assertIn(f"{graph}, with memo", text)
            self.assertIn(f"{graph}, no memo", text)

    def test_sizes_out_of_range_are_refused(self):
        for largest in ("0", "2001", "many"):
            self.assertIn("--largest", self.fails(2, "study", "memo", "--largest", largest).messages)


class Paths(StudyTest):
    def nodes(self, *arguments):
        return {node["name"]: node for node in self.study("paths", *arguments)["nodes"]}

    def test_from_one_element_of_w1_lead_as_many_paths_as_the_product_of_the_later_widths(self):
        widths = [3, *[7 + k % 5 for k in range(14)], 4]  # fifteen layers
        product = 1
        for width in widths[2:]:
            product *= width
        nodes = self.nodes("--layers", ",".join(map(str, widths)), "--samples", "1")
        self.assertGreater(product, 10 ** 12)
        self.assertEqual(int(nodes["W1"]["element_paths"]), product)
        self.assertEqual(nodes["W1"]["paths"], "1")
        self.assertEqual(nodes["W15"]["element_paths"], "1")
        nodes = self.nodes("--layers", ",".join(map(str, widths)), "--samples", "300")
        self.assertEqual(int(nodes["W1"]["element_paths"]), 300 * product)

    def test_numbers_go_on_where_64_bits_end(self):
        nodes = self.nodes("--layers", ",".join(["10"] * 41), "--samples", "1")
        self.assertEqual(int(nodes["W1"]["element_paths"]), 10 ** 39)
        self.assertIn("1.00e39", self.good("study", "paths", "--layers", ",".join(["10"] * 41), "--samples", "1").out)

    def test_net_d_is_counted_as_by_hand(self):
        nodes = self.nodes("D")
        self.assertEqual(nodes["J"]["paths"], "1")
        self.assertEqual(nodes["J"]["longest"], 0)
        # J = sum of rows' losses · 1/m takes three edges down to Z2; then its product, A1, Z1, its product, W1
        self.assertEqual(nodes["W1"]["longest"], 3 + 5)
        self.assertEqual(nodes["b1"]["longest"], 3 + 4)
        self.assertEqual(nodes["W1"]["element_paths"], str(300 * 3))
        for name in ("Y", "A2"):  # the labels have no derivative, and the fused loss is made of Z2
            self.assertEqual((nodes[name]["reached"], nodes[name]["paths"], nodes[name]["longest"]), (False, "0", -1))

    def test_the_table_has_every_named_node(self):
        for net in "ABCDE":
            text = self.text("paths", net)
            for name in self.nodes(net):
                self.assertRegex(text, rf"(?m)^  {name} ")

    def test_the_plot_is_drawn(self):
        self.assertIn("to one element of it", self.drawing("paths", "E"))

    def test_one_element_is_looked_at_with_its_longest_path(self):
        document = self.study("paths", "D", "--of", "W1[1,3]")
        self.assertEqual((document["element_paths"], document["paths"], document["longest"]), ("900", "1", 8))
        path = document["path"]
        self.assertEqual([node["name"] for node in path if node["name"]], ["J", "Z2", "A1", "Z1", "W1"])
        self.assertEqual([node["reach"] for node in path], [None, 1, 1, 1, 1, 3, 1, 1, 300])
        self.assertEqual([node["element_paths"] for node in path], ["1", "1", "1", "1", "1", "3", "3", "3", "900"])
        text = self.text("paths", "D", "--of", "W1[1,3]")
        self.assertIn("900 to W1[1,3]", text)
        self.assertRegex(text, r"(?m)^  W1 param +\(2,4\) +300 +1 +900$")
        self.assertIn("to the node", self.drawing("paths", "D", "--of", "W1"))

    def test_any_node_can_be_asked_for(self):
        self.assertEqual(self.study("paths", "D", "--of", "J")["longest"], 0)
        self.assertEqual(self.study("paths", "D", "--of", "v6")["longest"], 7)
        self.assertIn("to v6", self.text("paths", "D", "--of", "v6"))
        labels = self.study("paths", "D", "--of", "Y")
        self.assertEqual((labels["reached"], labels["longest"], labels["path"]), (False, -1, []))
        self.assertIn("does not depend on Y", self.text("paths", "D", "--of", "Y"))

    def test_where_elements_differ_there_is_no_number_and_the_reason(self):
        nodes = self.nodes("cnn")
        unknown = [name for name, node in nodes.items() if node["element_paths"] is None]
        self.assertTrue(unknown)
        self.assertIsNotNone(nodes[list(nodes)[-1]]["paths"])
        self.assertIn("elements differ in how many paths", self.text("paths", "cnn"))

    def test_what_there_is_not_is_refused(self):
        for of, message in [("W9", "did you mean 'W"), ("W1[2,0]", "W1 is (2,4), and has no such element"),
                            ("W1[0]", "no such element"), ("W1[0,1", "no such element"), ("W1[-1,0]", "no such element"),
                            ("W1[0,1]x", "no such element"), ("J[0]", "no such element"), ("v999", "no node 'v999'"),
                            ("", "no node ''"), ("v" * 200, "no node")]:
            self.assertIn(message, self.fails(2, "study", "paths", "D", "--of", of).messages)

    def test_a_net_is_needed(self):
        self.assertIn("which net?", self.fails(2, "study", "paths").messages)


class Checkpoint(StudyTest):
    def runs(self, *arguments):
        runs = self.study("checkpoint", *arguments)["runs"]
        for run in runs:
            self.assertTrue(run["same_bits"])
        return {(run["policy"], run.get("slots")): run for run in runs}

    def test_revolve_takes_the_published_advances_on_a_chain(self):
        for length, published in [(100, {3: 490, 5: 316, 10: 222}), (1000, {3: 12155, 5: 6284, 10: 3636})]:
            runs = self.runs("--length", str(length), "--slots", "3,5,10")
            for slots, advances in published.items():
                run = runs["binomial", slots]
                self.assertEqual((run["stages"], run["advances"], run["formula"], run["recomputed"]),
                                 (length, advances, advances, advances))

    def test_root_n_takes_20_slots_and_computes_90_again(self):
        run = self.runs()["sqrt", None]
        self.assertEqual((run["values_predicted"], run["recomputed"], run["formula"]), (20, 90, 90))

    def test_halving_takes_as_many_advances_as_there_are_ones_in_binary(self):
        for length in (1, 2, 3, 37, 64, 100):
            run = self.runs("--length", str(length), "--slots", "1")["recursive", None]
            ones = sum(bin(i).count("1") for i in range(length))
            self.assertEqual((run["advances"], run["formula"]), (ones, ones))

    def test_bytes_are_those_predicted(self):
        for (policy, _), run in self.runs("--slots", "1,2,3,4,7,20,99").items():
            self.assertLessEqual(run["bytes_predicted"], run["bytes"])
            self.assertLessEqual(run["bytes"], 1.02 * run["bytes_predicted"])
            theory = 8 * 256 * run["values_predicted"]
            self.assertLessEqual(run["bytes_predicted"], theory + 8)  # the loss itself, too
            if policy in ("all", "binomial"):
                self.assertGreaterEqual(run["bytes_predicted"], 8 * 256 * min(run["values_predicted"], 99))

    def test_a_budget_is_kept_with_more_slots_for_more_bytes(self):
        last = 0
        for budget in (5000, 10000, 20000, 100000):
            run = self.study("checkpoint", "--slots", "1", "--budget", str(budget))["runs"][-1]
            self.assertLessEqual(run["bytes"], budget)
            self.assertGreater(run["slots"], last)
            last = run["slots"]

    def test_nets_are_computed_with_the_same_bits(self):
        for net in (["A"], ["B"], ["C"], ["D"], ["E"], ["--layers", "2,8,8,8,8,3"], ["rnn"], ["transformer"], ["cnn"]):
            runs = self.runs(*net, "--slots", "1,2,3")
            for run in runs.values():
                self.assertEqual(run["advances"], run["formula"])
                self.assertLessEqual(run["bytes_predicted"], run["bytes"])
        deep = self.runs("--layers", "2,8,8,8,8,8,8,8,8,3", "--slots", "3")
        self.assertLess(deep["binomial", 3]["bytes"], deep["all", None]["bytes"] / 2)

    def test_the_table_and_the_plot_name_every_policy(self):
        text = self.text("checkpoint")
        self.assertRegex(text, r"(?m)^  √n +– +90 +90 +90 +20 ")
        self.assertRegex(text, r"(?m)^  binomial +3 +490 +490 +490 +4 ")
        drawing = self.drawing("checkpoint", "--length", "20")
        for policy in ("keep all", "√n", "halving", "binomial, its slots"):
            self.assertIn(policy, drawing)

    def test_what_cannot_be_done_is_refused(self):
        for arguments, message in [(["--slots", "0"], "'0' does not do"), (["--slots", "3,,4"], "'' does not do"),
                                   (["--budget", "100"], "100 bytes are too few"), (["--length", "0"], "--length"),
                                   (["--length", "10000", "--slots", "1"], "49995000 advances"),
                                   (["--slots", ",".join(["2"] * 65)], "more than 64"),
                                   (["--length", "20000", "--width", "1000000"], "more than 4 GB"),
                                   (["D", "--budget", "1000"], "1000 bytes are too few"),
                                   (["D", "--samples", "1000000000"], "more than 4 GB"),
                                   (["--layers", "2,0,3"], "'0'"), (["--layers", "2,x"], "'x'")]:
            self.assertIn(message, self.fails(2, "study", "checkpoint", *arguments).messages)

    def test_a_budget_is_kept_on_a_net(self):
        deep = ["--layers", "2,8,8,8,8,8,8,8,8,3", "--slots", "3"]
        everything = self.study("checkpoint", *deep)["runs"][0]["bytes"]
        run = self.study("checkpoint", *deep, "--budget", str(everything // 2))["runs"][-1]
        self.assertLessEqual(run["bytes"], everything // 2)
        self.assertTrue(run["same_bits"])
        self.assertRegex(self.text("checkpoint", *deep, "--budget", str(everything // 2)), r"(?m)^  budget +\d+ ")


class Cost(StudyTest):
    def test_net_d_takes_6000_multiply_adds_and_9600_more_for_its_gradient(self):
        document = self.study("cost", "D")
        total = document["total"]
        self.assertEqual(total["forward"]["multiply_adds"], 6000)
        self.assertEqual(total["reverse"]["multiply_adds"] - 6000, 9600)
        self.assertEqual(total["reverse"]["multiply_add_ratio"], 2.6)
        self.assertEqual(document["variables"], 27)
        self.assertEqual(total["differences"]["multiply_adds"], 324000)
        self.assertEqual(total["differences"]["multiply_add_ratio"], 54)
        self.assertEqual(self.study("cost", "D", "--inputs")["total"]["reverse"]["multiply_add_ratio"], 3)

    def test_speelpennings_product_of_100_takes_99_and_297_multiplications(self):
        document = self.study("cost", "--product", "100")
        self.assertEqual(document["operations"]["mul"]["forward"]["operations"], 99)
        self.assertEqual(document["operations"]["mul"]["reverse"]["operations"], 297)
        self.assertEqual(document["total"]["reverse"]["operation_ratio"], 3)

    def test_operations_add_up_to_the_total(self):
        for arguments in (["A"], ["B"], ["C"], ["D"], ["E"], ["--product", "7"]):
            document = self.study("cost", *arguments)
            for mode in ("forward", "reverse", "direction"):
                for what in ("steps", "multiply_adds", "operations", "bytes"):
                    lines = sum(op[mode][what] for op in document["operations"].values())
                    self.assertEqual(lines, document["total"][mode][what])

    def test_the_gradient_is_cheap_for_any_number_of_variables(self):
        for widths in ("2,4,3", "20,40,30,3", "50,50,50,50,4"):
            total = self.study("cost", "--layers", widths)["total"]
            self.assertLess(total["reverse"]["operation_ratio"], 5)
            self.assertLess(total["direction"]["operation_ratio"], 5)
            self.assertLess(total["reverse"]["operations"], total["forward_mode"]["operations"])
            self.assertGreater(total["reverse"]["time_ratio"], 0)

    def test_a_product_moves_its_three_matrices(self):
        matmul = self.study("cost", "D")["operations"]["matmul"]["forward"]
        self.assertEqual(matmul["bytes"], 8 * (300 * 2 + 2 * 4 + 300 * 4 + 300 * 4 + 4 * 3 + 300 * 3))

    def test_the_table_and_the_plot_are_there(self):
        text = self.text("cost", "D")
        self.assertRegex(text, r"(?m)^  f and ∇f, reverse +15600 +2\.6 ")
        self.assertRegex(text, r"(?m)^  ∇f, differences +324000 +54 ")
        self.assertRegex(text, r"times the operations of f, and\s+took [0-9.]+ times")
        self.text("cost", "--product", "5")
        self.text("cost", "cnn")
        self.assertIn("time, measured", self.drawing("cost", "D"))

    def test_convolutions_are_counted(self):
        # 4 samples of 1 channel of 8×8, 4 filters of 3×3 with a border; pooled to 4×4; 8 filters of 4 channels
        operations = self.study("cost", "cnn", "--samples", "4")["operations"]
        self.assertEqual(operations["convolve"]["forward"]["multiply_adds"], 4 * (4 * 64 * 9 + 8 * 16 * 4 * 9))
        # by the weights of both, and by the input of the second alone: nobody asks for ∂X
        self.assertEqual(operations["convolve_weight"]["reverse"]["multiply_adds"], 4 * (4 * 64 * 9 + 8 * 16 * 4 * 9))
        self.assertEqual(operations["convolve_transpose"]["reverse"]["multiply_adds"], 4 * 8 * 16 * 4 * 9)

    def test_every_net_has_a_cheap_gradient(self):
        for net in ("A", "B", "C", "D", "E", "cnn", "rnn", "lstm", "transformer"):
            total = self.study("cost", net)["total"]
            self.assertLess(total["reverse"]["operation_ratio"], 5, net)

    def test_what_is_too_large_to_run_is_refused(self):
        self.assertIn("more than 4 GB", self.fails(2, "study", "cost", "D", "--samples", "1000000000").messages)

    def test_one_subject_at_a_time(self):
        self.assertIn("instead of a net", self.fails(2, "study", "cost", "D", "--product", "3").messages)
        self.assertIn("which net?", self.fails(2, "study", "cost").messages)
        for size in ("1", "2001"):
            self.assertIn("--product", self.fails(2, "study", "cost", "--product", size).messages)


class Order(StudyTest):
    def test_the_best_order_is_the_textbooks(self):
        # Cormen et al., Introduction to Algorithms, 15.2
        document = self.study("order", "25,20,10,5,15,35,30")
        self.assertEqual((document["best"], document["order"]), (15125, "((J6·(J5·J4))·((J3·J2)·J1))"))
        self.assertIn("((J6·(J5·J4))·((J3·J2)·J1))", self.good("study", "order", "25,20,10,5,15,35,30").out)

    def test_with_one_output_the_reverse_sweep_is_best_and_with_one_input_forward_mode(self):
        document = self.study("order", "100,50,50,50,1")
        self.assertEqual(document["reverse"], document["best"])
        self.assertEqual(document["reverse"], 50 * 50 + 50 * 50 + 50 * 100)
        document = self.study("order", "1,50,50,50,100")
        self.assertEqual(document["forward"], document["best"])

    def test_neither_is_best_where_the_middle_is_narrow(self):
        document = self.study("order", "100,100,2,100,100")
        self.assertLess(document["best"], min(document["reverse"], document["forward"]))

    def test_the_plot_is_drawn(self):
        self.assertIn("forward", self.drawing("order", "2,4,3,1"))

    def test_what_is_no_chain_is_refused(self):
        for widths, message in [("3", "two widths"), ("3,0,1", "'0' does not do"), ("3,x", "'x' does not do"),
                                (",".join(["2"] * 514), "more than 513")]:
            self.assertIn(message, self.fails(2, "study", "order", widths).messages)
        self.assertIn("which widths?", self.fails(2, "study", "order").messages)
        self.assertIn("2^64 or more", self.good("study", "order", ",".join(["9000000000000000000"] * 3)).out)


class Manual(StudyTest):
    def test_the_pictures_of_the_page_are_what_its_commands_draw(self):
        docs = pathlib.Path(os.environ["WENGERT_ROOT"]) / "docs"
        page = (docs / "cache.md").read_text(encoding="utf-8")
        shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page)
        commands = {words[-1]: words[1:] for words in map(shlex.split, re.findall(r"(?m)^\$ (wengert .* --svg .*)$", page))}
        self.assertEqual(sorted(shown), sorted(commands))
        self.assertEqual(sorted(shown), sorted(path.name for path in docs.glob("cache-*.svg")))
        for name, arguments in commands.items():
            self.good(*arguments)
            self.assertEqual((pathlib.Path(self.folder.name) / name).read_bytes(), (docs / name).read_bytes(),
                             f"docs/{name} is no more what wengert {shlex.join(arguments)} draws")


class Usage(StudyTest):
    def test_topics_are_listed_and_a_wrong_one_is_named(self):
        for topic in ("memo", "paths", "checkpoint", "cost", "order"):
            self.assertIn(f"\n  {topic} ", self.good("study", "--help").out)
            text = self.good("study", topic, "--help").out
            for option in ("--json", "--svg"):
                self.assertIn(option, text)
            for line in text.splitlines():
                self.assertLessEqual(len(line), 80, line)
        self.assertIn("did you mean 'memo'", self.fails(2, "study", "mem").messages)
        self.assertEqual(self.good("help", "study").out, self.good("study", "--help").out)

    def test_a_plot_that_cannot_be_written_is_an_error(self):
        self.assertIn("nowhere", self.fails(3, "study", "memo", "--largest", "3", "--svg", "nowhere/x.svg").messages)


if __name__ == "__main__":
    main()
