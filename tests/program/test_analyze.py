"""wengert analyze: what a trained net gets right and wrong, as text, JSON, CSV, drawings and a page; and wengert sample."""

import csv
import gzip
import html.parser
import os
import random
import re
import struct
import sys
import xml.etree.ElementTree

sys.dont_write_bytecode = True
from program import ProgramTest, main, skip_without_jansson


def flowers(rows=90, seed=7):
    """Three classes, of which two overlap; a name has a comma, quotes and a tag."""
    draw = random.Random(seed)
    names = ["rose", 'the "<b>tulip</b>", red', "lily"]
    lines = ["length,width,kind"]
    for i in range(rows):
        kind = i % 3
        name = names[kind].replace('"', '""')
        lines.append(f'{min(kind, 1) * 3 + draw.gauss(0, 0.6):.3f},{draw.gauss(0, 1):.3f},"{name}"')
    return "\n".join(lines) + "\n"


def idx(path, kind, sizes, content):
    with gzip.open(path, "wb") as stream:
        stream.write(struct.pack(f">HBB{len(sizes)}I", 0, kind, len(sizes), *sizes) + bytes(content))


class Page(html.parser.HTMLParser):
    """Counts what a page is made of, and sees that elements are closed."""

    VOID = {"meta", "br", "img", "input", "link"}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.words = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "action", "xlink:href") or name.startswith("on"):
                self.links.append((tag, name, value))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open[-3:])
        self.open.pop()

    def handle_data(self, data):
        self.words.append(data)


class Analysis(ProgramTest):
    def trained(self, *options):
        """A net that was trained on flowers, of which it has not seen a third."""
        self.file("flowers.csv", flowers())
        self.good("train", "E", "--hidden", "8", "--data", "flowers.csv", "--hold-out", "0.33", "--standardize",
                  "--epochs", "200", "--rate", "0.3", "--seed", "5", "--save", "net.safetensors", "--log", "log.jsonl",
                  *options)
        return ["analyze", "net.safetensors", "--data", "flowers.csv", "--hold-out", "0.33", "--seed", "5"]

    def test_it_judges_what_train_held_out(self):
        call = self.trained("--json")
        again = self.good("train", "E", "--hidden", "8", "--data", "flowers.csv", "--hold-out", "0.33", "--standardize",
                          "--epochs", "200", "--rate", "0.3", "--seed", "5", "--json").json()["held_out"]
        found = self.good(*call, "--json").json()
        self.assertEqual(found["rows"], 30)
        self.assertEqual((found["right"], found["confusion"]), (again["right"], again["confusion"]))
        self.assertAlmostEqual(found["loss"], again["loss"], places=5)
        self.assertAlmostEqual(found["log_loss"], again["loss"], places=5)

    def test_scores_are_those_of_the_confusion(self):
        found = self.good(*self.trained(), "--json").json()
        confusion = found["confusion"]
        for k, scores in enumerate(found["classes"]):
            right = confusion[k][k]
            samples, predicted = sum(confusion[k]), sum(row[k] for row in confusion)
            self.assertEqual((scores["samples"], scores["predicted"]), (samples, predicted))
            self.assertAlmostEqual(scores["recall"], right / samples)
            self.assertAlmostEqual(scores["precision"], right / predicted)
            self.assertAlmostEqual(scores["f1"], 2 * right / (samples + predicted))
        self.assertAlmostEqual(found["macro"]["f1"], sum(c["f1"] for c in found["classes"]) / 3)
        self.assertEqual([c["class"] for c in found["classes"]], ["rose", 'the "<b>tulip</b>", red', "lily"])
        self.assertEqual(sum(b["count"] for b in found["calibration"]), 30)

    def test_the_worst_come_first(self):
        found = self.good(*self.trained(), "--json", "--worst", "5").json()["worst"]
        losses = [sample["loss"] for sample in found]
        self.assertEqual(len(losses), 5)
        self.assertEqual(losses, sorted(losses, reverse=True))

    def test_text_fits_80_columns_and_says_the_same(self):
        call = self.trained()
        found = self.good(*call, "--json").json()
        result = self.good(*call, "--log", "log.jsonl")
        self.assertIn(f"{found['right']} of 30 right", result.out)
        self.assertIn(f"{found['loss']:.4f}", result.out)
        for title in ["Learning", "Classes", "Confusion", "Most often confused", "Calibration", "Worst"]:
            self.assertIn(f"\n{title}", result.out)

    def test_tables_are_read_back_by_others(self):
        call = self.trained()
        found = self.good(*call, "--csv", "report", "--json").json()
        read = {}
        for name in ["classes", "confusion", "samples"]:
            with open(os.path.join(self.folder.name, f"report-{name}.csv"), newline="", encoding="utf-8") as stream:
                read[name] = list(csv.reader(stream))
        self.assertEqual(read["classes"][0], ["class", "samples", "predicted", "precision", "recall", "f1"])
        for row, scores in zip(read["classes"][1:], found["classes"]):
            self.assertEqual(row[0], scores["class"])
            self.assertEqual([float(x) for x in row[3:]], [scores["precision"], scores["recall"], scores["f1"]])
        self.assertEqual([[int(x) for x in row[1:]] for row in read["confusion"][1:]], found["confusion"])
        samples = read["samples"][1:]
        self.assertEqual(len(samples), 30)
        self.assertEqual(sum(row[1] == row[2] for row in samples), found["right"])
        self.assertAlmostEqual(sum(float(row[4]) for row in samples) / 30, found["loss"])

    def test_drawings_are_svg(self):
        self.good(*self.trained(), "--svg", "report", "--log", "log.jsonl")
        for name in ["confusion", "scores", "calibration", "loss", "accuracy"]:
            root = xml.etree.ElementTree.parse(os.path.join(self.folder.name, f"report-{name}.svg")).getroot()
            self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
            self.assertIsNotNone(root.find("{http://www.w3.org/2000/svg}title"))
        self.assertFalse(os.path.exists(os.path.join(self.folder.name, "report-worst.svg")))  # these are no images

    def page(self, *call):
        self.good(*call, "--html", "report.html")
        with open(os.path.join(self.folder.name, "report.html"), encoding="utf-8") as stream:
            text = stream.read()
        return text, Page(text)

    def test_the_page_needs_nothing_else(self):
        text, page = self.page(*self.trained(), "--log", "log.jsonl")
        self.assertEqual(page.open, [])
        self.assertEqual(page.links, [])
        self.assertNotIn("script", page.tags)
        self.assertEqual(len(page.ids), len(set(page.ids)))
        self.assertIn("default-src 'none'", text)
        self.assertEqual(page.tags.count("svg"), 5)
        self.assertIn("prefers-color-scheme:dark", text)

    def test_names_are_text_in_the_page(self):
        text, page = self.page(*self.trained())
        self.assertNotIn("<b>tulip", text)
        self.assertIn('the "<b>tulip</b>", red', page.words)

    def test_a_log_that_is_none_is_refused(self):
        call = self.trained()
        self.file("bad.jsonl", '{"epoch": 0, "loss": 1}\nhello\n{"epoch": 1, "loss": 0.5}\n')
        self.assertIn("line 2 is no epoch", self.fails(3, *call, "--log", "bad.jsonl").messages)
        self.fails(3, *call, "--log", "missing.jsonl")

    def test_a_log_of_a_training_that_was_killed_is_read(self):
        call = self.trained()
        self.file("cut.jsonl", '{"epoch": 0, "loss": 3}\n{"epoch": 1, "loss": 2}\n{"epoch": 2, "loss": 1}\n'
                               '{"epoch": 2, "loss": "NaN", "accuracy": 0.5}\n{"epo')
        epochs = self.good(*call, "--log", "cut.jsonl", "--json").json()["epochs"]
        self.assertEqual([e["epoch"] for e in epochs], [0, 1, 2])
        self.assertEqual((epochs[2]["loss"], epochs[2]["accuracy"]), ("NaN", 0.5))

    def test_what_does_not_fit_is_said(self):
        call = self.trained()
        self.assertIn("which model", self.fails(2, "analyze").messages)
        self.assertIn("which samples", self.fails(2, "analyze", "net.safetensors").messages)
        self.fails(3, "analyze", "missing.safetensors", "--data", "flowers.csv")
        self.fails(3, "analyze", "flowers.csv", "--data", "flowers.csv")
        self.file("other.csv", "a,kind\n1,rose\n2,lily\n")
        self.assertIn("no column 'length'", self.fails(3, "analyze", "net.safetensors", "--data", "other.csv").messages)
        self.file("unknown.csv", "length,width,kind\n1,2,cactus\n")
        self.assertIn("cactus", self.fails(3, "analyze", "net.safetensors", "--data", "unknown.csv").messages)
        self.file("empty.csv", "length,width,kind\n")
        self.fails(3, "analyze", "net.safetensors", "--data", "empty.csv")
        self.fails(3, *call, "--html", "no/such/folder/report.html")
        self.fails(3, *call, "--csv", "no/such/folder/report")

    def test_classes_are_the_models_in_any_order(self):
        call = self.trained()
        lines = flowers().splitlines()
        self.file("turned.csv", "\n".join([lines[0]] + lines[:0:-1]) + "\n")
        forward = self.good("analyze", "net.safetensors", "--data", "flowers.csv", "--json").json()
        turned = self.good("analyze", "net.safetensors", "--data", "turned.csv", "--json").json()
        self.assertEqual(forward["confusion"], turned["confusion"])
        self.assertGreater(len(call), 0)

    def test_samples_are_counted_from_one(self):
        call = self.trained()
        found = self.good(*call, "--json", "--worst", "30", "--csv", "report").json()["worst"]
        self.assertEqual(sorted(sample["sample"] for sample in found), list(range(1, 31)))
        with open(os.path.join(self.folder.name, "report-samples.csv"), encoding="utf-8") as stream:
            self.assertEqual([line.split(",")[0] for line in stream][1:], [str(n) for n in range(1, 31)])

    def test_made_sets_have_another_part(self):
        self.good("train", "D", "--epochs", "50", "--save", "d.safetensors")
        one = self.good("analyze", "d.safetensors", "--data", "spiral", "--json").json()
        two = self.good("analyze", "d.safetensors", "--test", "spiral", "--json").json()
        self.assertEqual((one["rows"], two["rows"]), (300, 300))
        self.assertNotEqual(one["loss"], two["loss"])

    def test_nets_with_samples_as_columns(self):
        for net in ["A", "C"]:
            trained = self.good("train", net, "--epochs", "50", "--save", "n.safetensors", "--json").json()["training"]
            found = self.good("analyze", "n.safetensors", "--data", "spiral", "--json").json()
            self.assertEqual(found["right"], trained["right"])
            self.assertAlmostEqual(found["loss"], trained["loss"], places=5)


class Images(ProgramTest):
    def test_the_worst_images_are_drawn(self):
        draw = random.Random(3)
        images, labels = [], []
        for i in range(60):  # a bright upper or lower half
            half = i % 2
            rows = [(200 if (r < 4) == (half == 0) else 60) for r in range(8)]
            images += [min(255, max(0, row + draw.randrange(-30, 30))) for row in rows for _ in range(8)]
            labels.append(half)
        folder = self.folder.name
        for part in ["train", "t10k"]:
            idx(os.path.join(folder, f"{part}-images-idx3-ubyte.gz"), 8, [60, 8, 8], images)
            idx(os.path.join(folder, f"{part}-labels-idx1-ubyte.gz"), 8, [60], labels)
            labels[0] = 1 - labels[0]  # wrong in the second part
        self.good("train", "cnn", "--filters", "4,4", "--hidden", "8", "--data", folder, "--epochs", "30", "--batch",
                  "10", "--optimizer", "adam", "--rate", "0.01", "--save", "cnn.safetensors")
        result = self.good("analyze", "cnn.safetensors", "--test", folder, "--svg", "r", "--html", "r.html", "--worst", "3")
        self.assertIn("1: 1, taken for 0", result.out)
        self.assertIn("█", result.out)
        root = xml.etree.ElementTree.parse(os.path.join(folder, "r-worst.svg")).getroot()
        captions = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertEqual(captions[1], "1 → 0")
        self.file("images.csv", "\n".join(",".join(map(str, images[64 * i:64 * i + 64] + [i % 2])) for i in range(60)))
        self.good("analyze", "cnn.safetensors", "--data", "images.csv", "--svg", "t", "--worst", "3")
        self.assertTrue(os.path.exists(os.path.join(folder, "t-worst.svg")))  # the net knows that rows are images
        paths = [e.get("d") for e in root.iter("{http://www.w3.org/2000/svg}path") if e.get("fill")]
        pixels = sum(int(n) for d in paths for n in re.findall(r"h(\d+)v1", d))
        self.assertEqual(pixels, 3 * 64)  # no pixel is black, so each is drawn once


class Texts(ProgramTest):
    TEXT = "the cat sat on the mat. the rat sat on the hat. " * 30

    def trained(self):
        self.file("text.txt", self.TEXT)
        self.good("train", "rnn", "--data", "text.txt", "--hold-out", "0.2", "--hidden", "16", "--steps", "12",
                  "--batch", "8", "--optimizer", "adam", "--rate", "0.02", "--epochs", "20", "--save", "text.safetensors")
        return ["text.safetensors", "--data", "text.txt", "--hold-out", "0.2"]

    def test_a_language_model_is_measured_against_counting(self):
        found = self.good("analyze", *self.trained(), "--json", "--worst", "2").json()
        losses = [line["loss"] for line in found["ngrams"]]
        self.assertEqual(len(losses), 3)
        self.assertLess(found["loss"], losses[0])
        self.assertGreater(losses[0], losses[1])
        self.assertGreater(losses[1], losses[2])
        self.assertRegex(found["worst"][0]["about"], r"\[.+\]$")
        self.assertEqual(found["rows"] % 12, 0)

    def test_without_a_part_before_there_is_nothing_to_count(self):
        model = self.trained()[0]
        self.assertNotIn("ngrams", self.good("analyze", model, "--data", "text.txt", "--json").json())

    def test_samples_are_written_by_seed(self):
        model = self.trained()[0]
        once = self.good("sample", model, "--count", "80", "--seed", "4").out
        self.assertEqual(len(once), 81)
        self.assertEqual(once, self.good("sample", model, "--count", "80", "--seed", "4").out)
        self.assertNotEqual(once, self.good("sample", model, "--count", "80", "--seed", "5").out)
        self.assertLessEqual(set(once), set(self.TEXT + "\n"))

    def test_samples_go_on_from_the_prompt(self):
        model = self.trained()[0]
        result = self.good("sample", model, "--prompt", "the cat sat on t", "--temperature", "0", "--count", "6").out
        self.assertTrue(result.startswith("the cat sat on the "), result)
        found = self.good("sample", model, "--prompt", "the cat sat on t", "--temperature", "0", "--count", "6",
                          "--json").json()
        self.assertEqual("the cat sat on t" + found["text"] + "\n", result)

    def test_what_cannot_be_written_is_said(self):
        model = self.trained()[0]
        self.assertIn("'€', is not in the vocabulary", self.fails(2, "sample", model, "--prompt", "a€").messages)
        self.assertIn("no character", self.fails(2, "sample", model, "--prompt", "").messages)
        self.assertIn("which model", self.fails(2, "sample").messages)
        self.good("train", "D", "--epochs", "1", "--save", "d.safetensors")
        self.assertIn("no language model", self.fails(3, "sample", "d.safetensors").messages)
        self.file("other.txt", "€" * 100)
        self.assertIn("not in the vocabulary", self.fails(3, "analyze", model, "--data", "other.txt").messages)
        self.assertIn("hold no sample", self.fails(3, "analyze", model, "--data", self.file("short.txt", "the")).messages)


if __name__ == "__main__":
    skip_without_jansson()
    main()
