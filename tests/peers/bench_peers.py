"""How fast PyTorch and JAX are beside wengert, on the workloads of the yardstick.

    python3 tests/peers/bench_peers.py [--yardstick FILE] [--threads 1,2] [--rounds N] [--json] [WORKLOAD ...]
    python3 tests/peers/bench_peers.py products

It wants PyTorch (2.5 or newer; torch.compile also a C++ compiler) and JAX, and leaves out, with a message, what is not
installed. It is a measurement, and no part of the tests. Each contender is a process of its own, with its number of
threads; they take turns, one after the other in each round, and the ratios are of turns in the same round.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parent))

import bench_nets  # noqa: E402

PEERS = {"eager": "PyTorch", "compiled": "PyTorch, compiled", "jax": "JAX, jit"}
PRODUCT_PEERS = {"mm": "torch.mm", "onednn": "oneDNN, through PyTorch"}
PRODUCT_SIZES = (16, 32, 64, 128, 256, 512, 1024)
PRODUCT_CASES = {"nn": "a·b", "tn": "aᵀ·b", "nt": "a·bᵀ", "tt": "aᵀ·bᵀ"}
TURN_SECONDS = 8e-3


# ---- A peer's process: it takes a turn for each line that comes in, and prints the seconds of a step ----


def take_turns(step, finish):
    step()
    finish()
    steps = 1
    while True:
        start = time.perf_counter()
        for _ in range(steps):
            step()
        finish()
        taken = time.perf_counter() - start
        if taken > TURN_SECONDS / 4:
            steps = max(1, int(steps * TURN_SECONDS / taken))
            break
        steps *= 4
    print("ready", flush=True)
    for _ in sys.stdin:
        step()
        finish()
        start = time.perf_counter()
        for _ in range(steps):
            step()
        finish()
        print((time.perf_counter() - start) / steps, flush=True)


def peer(name, workload, threads):
    os.environ["OMP_NUM_THREADS"] = str(threads)
    if name == "jax" and hasattr(os, "sched_setaffinity"):  # it has as many threads as processors
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    step, finish = bench_nets.STEPS[name](workload, threads)
    take_turns(step, finish)


# ---- The contest ----


class Contender:
    """A process that takes turns."""

    def __init__(self, command):
        self.messages = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.messages,
                                        text=True)

    def wait(self):
        """Until it is ready. Raises RuntimeError with its last message if it ended instead."""
        line = self.process.stdout.readline()
        while line and line.strip() != "ready":
            line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.messages.seek(0)
            said = self.messages.read().strip().splitlines()
            raise RuntimeError(said[-1] if said else "it ended")

    def turn(self):
        time.sleep(0.005)  # until threads that look for work are asleep
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def missing(name):
    """Why a peer is left out, or None."""
    module = "jax" if name == "jax" else "torch"
    probe = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, text=True)
    return f"{module} is not installed" if probe.returncode else None


def start(options, workload, threads, peers):
    """All contenders of a workload that can take part, wengert first."""
    ours = ["--product", workload, "products"] if workload not in bench_nets.TITLES else [workload]
    contenders = {"wengert": Contender([options.yardstick, "--turns", "--threads", str(threads), *ours])}
    for name in peers:
        command = [sys.executable, str(HERE), "--peer", name, "--threads", str(threads), workload]
        contenders[name] = Contender(command)
    contenders["wengert"].wait()
    for name, title in peers.items():
        try:
            contenders[name].wait()
        except RuntimeError as error:
            print(f"{workload}: {title} is left out: {error}", file=sys.stderr)
            del contenders[name]
    return contenders


def contest(options, workload, threads, peers):
    """Rows for one workload and number of threads, one for each peer."""
    contenders = start(options, workload, threads, peers)
    names = list(contenders)
    times = {name: [] for name in names}
    for number in range(options.rounds):
        for name in names if number % 2 == 0 else reversed(names):
            times[name].append(contenders[name].turn())
    for contender in contenders.values():
        contender.end()
    rows = []
    for name in names[1:]:
        ratios = sorted(ours / theirs for ours, theirs in zip(times["wengert"], times[name]))
        rows.append({"workload": workload, "beside": peers[name], "threads": threads,
                     "seconds_beside": statistics.median(times[name]),
                     "seconds_wengert": statistics.median(times["wengert"]),
                     "ratio": statistics.median(ratios), "quartile_low": ratios[len(ratios) // 4],
                     "quartile_high": ratios[3 * len(ratios) // 4]})
    return rows


# ---- Printing ----


def time_text(seconds):
    for unit, scale in (("ns", 1e9), ("µs", 1e6)):
        if seconds * scale < 1000:
            return f"{seconds * scale:6.2f} {unit}"
    return f"{seconds * 1e3:6.2f} ms"


def print_row(row):
    print(f"  {row['beside']:<20} {row['threads']:>4}  {time_text(row['seconds_beside'])}  "
          f"{time_text(row['seconds_wengert'])} {row['ratio']:>7.3f}  {row['quartile_low']:.3f} … "
          f"{row['quartile_high']:.3f}", flush=True)


def nets(options, left_out):
    peers = {name: title for name, title in PEERS.items() if name not in left_out}
    rows = []
    for workload in options.workloads or bench_nets.TITLES:
        if not options.json:
            print(f"\n{workload}  {bench_nets.TITLES[workload]}\n"
                  "  beside             threads     theirs    wengert   ratio   half of them", flush=True)
        for threads in options.threads:
            found = contest(options, workload, threads, peers)
            rows += found
            for row in found if not options.json else []:
                print_row(row)
    return rows


def products(options, left_out):
    """Rates at all sizes and transpositions, and the share of the best of the others that wengert reaches."""
    rows = []
    for threads in options.threads:
        for case, title in PRODUCT_CASES.items():
            if not options.json:
                print(f"\n{title}, f32, n×n, threads: {threads}      GFLOP/s\n"
                      "       n     wengert    torch.mm      oneDNN   of the best")
            for n in PRODUCT_SIZES:
                found = contest(options, f"{n}{case}", threads, {} if "eager" in left_out else PRODUCT_PEERS)
                rows += found
                if not options.json and found:
                    rates = [2e-9 * n**3 / row["seconds_beside"] for row in found]
                    share = 1 / max(row["ratio"] for row in found)
                    print(f"  {n:6} {2e-9 * n**3 / found[0]['seconds_wengert']:11.1f}"
                          + "".join(f" {rate:11.1f}" for rate in rates) + f" {share:13.2f}", flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="a … h, all if none is given; or products")
    parser.add_argument("--yardstick", default=str(ROOT / "build" / "tests" / "bench" / "yardstick"))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.threads = [int(count) for count in options.threads.split(",")]
    if options.peer:
        return peer(options.peer, options.workloads[0], options.threads[0])
    if not os.access(options.yardstick, os.X_OK):
        return f"{options.yardstick} is not there: ninja -C build tests/bench/yardstick builds it"
    left_out = {name: why for name in PEERS if (why := missing(name))}
    for name, why in left_out.items():
        print(f"{PEERS[name]} is left out: {why}", file=sys.stderr)
    if not options.json:
        print("Medians; a ratio is wengert's time over the other's: below 1 wengert is faster.\n"
              "Half of the rounds have a ratio within the last two numbers.")
    rows = (products if options.workloads == ["products"] else nets)(options, left_out)
    if options.json:
        json.dump({"rounds": options.rounds, "left_out": left_out, "rows": rows}, sys.stdout, indent=2)
        print()
    return None


if __name__ == "__main__":
    sys.exit(main())
