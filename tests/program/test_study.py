"""wengert study: the figures of the theory, from runs of the program."""

import re
import sys
import xml.etree.ElementTree

sys.dont_write_bytecode = True
from program import ProgramTest, main


class StudyTest(ProgramTest):
    def study(self, *arguments):
        return self.good("study", *arguments, "--json").json()

    def drawing(self, *arguments):
        self.good("study", *arguments, "--svg", "study.svg")
        with open(f"{self.folder.name}/study.svg", encoding="utf-8") as stream:
            text = stream.read()
        self.assertEqual(xml.etree.ElementTree.fromstring(text).get("role"), "img")
        return text


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
        self.assertRegex(self.good("study", "memo", "--graph", "doubling").out, r"(?m)^ +100 .* 1\.27e30 .*counted$")

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
            text = self.good("study", "paths", net).out
            for name in self.nodes(net):
                self.assertRegex(text, rf"(?m)^  {name} ")

    def test_the_plot_is_drawn(self):
        self.assertIn("to one element of it", self.drawing("paths", "E"))

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
            share = run["bytes"] / run["bytes_predicted"]
            self.assertLessEqual(share, 1.04, run)
            if policy in ("all", "binomial"):
                self.assertGreater(share, 0.96, run)

    def test_a_budget_is_kept_with_more_slots_for_more_bytes(self):
        last = 0
        for budget in (5000, 10000, 20000, 100000):
            run = self.study("checkpoint", "--slots", "1", "--budget", str(budget))["runs"][-1]
            self.assertLessEqual(run["bytes"], budget)
            self.assertGreater(run["slots"], last)
            last = run["slots"]

    def test_nets_are_computed_with_the_same_bits(self):
        for net in (["D"], ["E"], ["--layers", "2,8,8,8,8,3"]):
            runs = self.runs(*net, "--slots", "1,2,3")
            for run in runs.values():
                self.assertEqual(run["advances"], run["formula"])
        deep = self.runs("--layers", "2,8,8,8,8,8,8,8,8,3", "--slots", "3")
        self.assertLess(deep["binomial", 3]["bytes"], deep["all", None]["bytes"] / 2)

    def test_the_table_and_the_plot_name_every_policy(self):
        text = self.good("study", "checkpoint").out
        self.assertRegex(text, r"(?m)^  √n +– +90 +90 +90 +20 ")
        self.assertRegex(text, r"(?m)^  binomial +3 +490 +490 +490 +4 ")
        drawing = self.drawing("checkpoint", "--length", "20")
        for policy in ("store all", "√n", "halving", "binomial"):
            self.assertIn(policy, drawing)

    def test_what_cannot_be_done_is_refused(self):
        for arguments, message in [(["--slots", "0"], "'0' does not do"), (["--slots", "3,,4"], "'' does not do"),
                                   (["--budget", "100"], "100 bytes are too few"), (["--length", "0"], "--length"),
                                   (["--length", "10000", "--slots", "1"], "49995000 advances"),
                                   (["--slots", ",".join(["2"] * 65)], "more than 64")]:
            self.assertIn(message, self.fails(2, "study", "checkpoint", *arguments).messages)


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
        text = self.good("study", "cost", "D").out
        self.assertRegex(text, r"(?m)^  f and ∇f, reverse +15600 +2\.6 ")
        self.assertRegex(text, r"(?m)^  ∇f, differences +324000 +54 ")
        self.assertIn("time, measured", self.drawing("cost", "D"))

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
