# SPDX-License-Identifier: Apache-2.0
"""Measures how embedder's cost and memory grow with the number of clips, the length of a file, and busy neighbours; and
trainer's on all clips, with their features in memory and streamed from the store.

Called by scripts/measure_scale.sh. The many clips are made, not recorded: pieces of 0.25 s cut from the ESC-50 recordings
at shifting places and written as WAV of 16 kHz, so that each has bytes and a key of its own, and gives one patch. That is
the least work per clip, so what the lists and the store cost shows most. Times are processor times unless said otherwise.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

MEASURES = ("many", "long", "threads", "stages", "training")
SAMPLE_EVERY_S = 0.02


@dataclass
class Run:
    """One finished embedder: seconds, and the highest value of each kind of resident memory, in MB."""

    wall_s: float
    cpu_s: float
    peak_mb: float  # all resident memory, pages of mapped files included
    anonymous_mb: float  # what is the process's own, sampled


def status_kb(pid, name):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) if found else 0


def run(command):
    """Runs a command to its end and looks at its memory meanwhile."""
    words = [str(word) for word in command]
    started, anonymous_kb = time.perf_counter(), 0
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        anonymous_kb = max(anonymous_kb, status_kb(process.pid, "RssAnon"))
        time.sleep(SAMPLE_EVERY_S)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"measure_scale: this command ended with exit code {process.returncode}:\n  {' '.join(words)}")
    cpu_s = usage.ru_utime + usage.ru_stime
    return Run(time.perf_counter() - started, cpu_s, usage.ru_maxrss / 1024, anonymous_kb / 1024)


def print_table(title, header, rows):
    print(f"\n{title}\n")
    for row in [header, ["---"] * len(header), *rows]:
        print(f"| {' | '.join(str(cell) for cell in row)} |")


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = arguments.work
        self.results = {}

    def embedder(self, store, inputs, threads=1, precision=None):
        return [self.arguments.binaries / "embedder", "--quiet", "--weights", self.arguments.weights, "--store", store,
                "--threads", threads, "--precision", precision or self.arguments.precision, *inputs]

    def make_clips(self, *options):
        subprocess.run([self.arguments.binaries / "make_clips", "--from", self.arguments.esc50 / "audio",
                        *[str(option) for option in options]], check=True)

    def fresh(self, name):
        shutil.rmtree(self.work / name, ignore_errors=True)
        return self.work / name

    def start_cpu_s(self):
        """What starting the program and loading the network costs, measured with one clip that is in the store."""
        store, clip = self.fresh("store_one"), self.recordings()[0]
        run(self.embedder(store, [clip]))
        return statistics.median(run(self.embedder(store, [clip])).cpu_s for _ in range(5))

    def many_clips(self):
        clips = self.fresh("clips")
        counts = sorted({min(count, self.arguments.clips) for count in (1000, 10_000, self.arguments.clips)})
        self.make_clips("--out", clips, "--count", counts[-1])
        files = sorted(clips.glob("*/*.wav"), key=lambda path: int(path.stem))
        start_s, rows = self.start_cpu_s(), []
        sets = [(f"{len(self.recordings()):,} recordings of 5 s", self.recordings())]
        sets += [(f"{count:,} made clips", files[:count]) for count in counts]
        for name, paths in sets:
            (self.work / "list.txt").write_text("".join(f"{path}\n" for path in paths))
            store = self.fresh("store_many")
            command = self.embedder(store, ["--list", self.work / "list.txt"])
            for state in ("cold", "warm"):
                runs = [run(command) for _ in range(1 if state == "cold" else self.arguments.repeats)]
                rows.append(self.row_of(name, state, len(paths), runs, start_s, store))
        print(f"\nStarting the program and loading the network: {start_s:.2f} s, taken off where it says per clip.")
        print_table("Many clips", ["clips", "run", "whole run, CPU s", "by the clock, s", "CPU per clip, ms", "peak MB",
                                   "of it anonymous, MB", "store MB"], rows)
        shutil.rmtree(clips)

    def row_of(self, name, state, count, runs, start_s, store):
        data = store / "data.mdb"
        # Stored values of equal clips would be fewer than the clips.
        info = subprocess.run([self.arguments.binaries / "store", "info", store, "--json"], capture_output=True,
                              text=True, check=True)
        if json.loads(info.stdout)["records"] != count:
            sys.exit(f"measure_scale: {count} clips, but {json.loads(info.stdout)['records']} records")
        self.results.setdefault("many", []).append({"clips": name, "run": state, "runs": [vars(one) for one in runs]})
        cpu = [one.cpu_s for one in runs]
        spread = f" ({min(cpu):.2f} to {max(cpu):.2f})" if len(runs) > 1 else ""
        return [name, state, f"{statistics.median(cpu):.2f}{spread}",
                f"{statistics.median(one.wall_s for one in runs):.1f}",
                f"{(statistics.median(cpu) - start_s) / count * 1000:.3f}", f"{max(one.peak_mb for one in runs):.0f}",
                f"{max(one.anonymous_mb for one in runs):.0f}", f"{data.stat().st_size / 2**20:.0f}"]

    def stages(self):
        """Cold extraction of the recordings beside the sum of its stages, each measured by itself, in turn."""
        (self.work / "list.txt").write_text("".join(f"{path}\n" for path in self.recordings()))
        start_s, ratios, rows = self.start_cpu_s(), [], []
        for _ in range(self.arguments.repeats):
            whole = run(self.embedder(self.fresh("store_whole"), ["--list", self.work / "list.txt"]))
            text = subprocess.run([self.arguments.binaries / "stage_times", "--weights", self.arguments.weights,
                                   "--store", self.fresh("store_stages"), "--list", self.work / "list.txt",
                                   "--precision", self.arguments.precision], check=True, capture_output=True, text=True,
                                  env={**os.environ, "OMP_NUM_THREADS": "1"}).stdout
            stages = {"start": start_s, **json.loads(text)}
            ratios.append(whole.cpu_s / sum(stages.values()))
            self.results.setdefault("stages", []).append({"whole": whole.cpu_s, **stages})
            rows.append([f"{value:.2f}" for value in stages.values()] +
                        [f"{sum(stages.values()):.2f}", f"{whole.cpu_s:.2f}", f"{ratios[-1]:.2f}"])
        print_table("Stages by themselves and the whole of embedder, CPU s, one thread",
                    [*stages, "sum", "embedder", "embedder / sum"], rows)
        print(f"\nembedder / sum: median {statistics.median(ratios):.2f}")

    def recordings(self):
        return sorted((self.arguments.esc50 / "audio").iterdir())

    def long_file(self):
        rows = []
        for seconds in (5, 600, 7200):
            folder = self.fresh("long")
            self.make_clips("--out", folder, "--joined", "--seconds", seconds)
            for state in ("cold", "warm"):
                one = run(self.embedder(self.work / "store_long", [folder / "joined.wav"]))
                self.results.setdefault("long", []).append({"seconds": seconds, "run": state, **vars(one)})
                rows.append([f"{seconds:,} s", state, f"{one.cpu_s:.2f}", f"{one.peak_mb:.0f}",
                             f"{one.anonymous_mb:.0f}"])
            shutil.rmtree(self.work / "store_long")
        print_table("One file", ["length", "run", "CPU s", "peak MB", "of it anonymous, MB"], rows)

    def threads(self):
        """The recordings, cold, alone and beside endless loops."""
        rows = []
        for threads in (1, 2):
            for loops in (0, 1, 2):
                busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(loops)]
                try:
                    one = run(self.embedder(self.fresh("store_threads"), [self.arguments.esc50 / "audio"], threads))
                finally:
                    for process in busy:
                        process.kill()
                        process.wait()
                self.results.setdefault("threads", []).append({"threads": threads, "loops": loops, **vars(one)})
                rows.append([threads, loops, f"{one.wall_s:.1f}", f"{one.cpu_s:.1f}", f"{one.cpu_s / one.wall_s:.2f}",
                             f"{one.peak_mb:.0f}"])
        print_table("Threads: the recordings, cold", ["--threads", "busy loops beside it", "by the clock, s",
                                                            "CPU s", "cores used", "peak MB"], rows)


    def training(self):
        """The same training with its features in memory and streamed; the weights must be equal."""
        clips, store = self.fresh("clips"), self.fresh("store_training")
        self.make_clips("--out", clips, "--count", self.arguments.clips)
        run(self.embedder(store, [clips]))
        config = self.work / "training.yaml"
        config.write_text(
            f"name: scale\ndata: {{layout: folders, root: '{clips}'}}\nstore: {{folder: '{store}'}}\n"
            f"backbone: {{weights: '{self.arguments.weights}', precision: {self.arguments.precision}}}\n"
            "folds: {validation_fraction: 0.05, test_fraction: 0.05}\nhead: {hidden: [256]}\n"
            "training: {epochs: 3}\nreport: {enabled: false}\n")
        rows, weights = [], []
        for name, memory_mb in (("in memory", 0), ("streamed", 50)):
            folder = self.fresh(f"runs_{name.replace(' ', '_')}")
            one = run([self.arguments.binaries / "trainer", "--quiet", "--config", config, "--threads", 1, "--set",
                       f"run.folder={folder}", "--set", "run.device=cpu", "--set", f"run.feature_memory_mb={memory_mb}"])
            result = next(folder.glob("scale/2*"))
            epochs = [json.loads(line) for line in (result / "metrics.jsonl").read_text().splitlines()]
            weights.append(tensors_of(result / "model.safetensors"))
            self.results.setdefault("training", []).append({"features": name, **vars(one)})
            rows.append([name, f"{statistics.median(epoch['seconds'] for epoch in epochs):.1f}", f"{one.wall_s:.1f}",
                         f"{one.cpu_s:.1f}", f"{one.peak_mb:.0f}", f"{one.anonymous_mb:.0f}"])
        print_table(f"Training on {self.arguments.clips:,} made clips, one thread, 3 epochs",
                    ["features", "median epoch, s", "whole run, s", "CPU s", "peak MB", "of it anonymous, MB"], rows)
        if weights[0] != weights[1]:
            sys.exit("measure_scale: the weights of the two trainings differ")
        print("\nThe weights of both are equal, bit for bit.")
        shutil.rmtree(clips)


def tensors_of(path):
    """The tensors' bytes of a safetensors file by name, without its metadata."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + length])
    values = content[8 + length:]
    return {name: values[slice(*entry["data_offsets"])] for name, entry in header.items() if name != "__metadata__"}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="measure_scale", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("binaries", "weights", "esc50", "work"):
        parser.add_argument(f"--{name}", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--clips", type=int, default=100_000, help="clips of the largest run (default: 100000)")
    parser.add_argument("--precision", default="int8", help="of the network (default: int8)")
    parser.add_argument("--repeats", type=int, default=3, help="warm runs of each size (default: 3)")
    parser.add_argument("--only", choices=MEASURES, nargs="+", default=MEASURES)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    arguments.work.mkdir(parents=True, exist_ok=True)
    model = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    print(f"{model.group(1) if model else 'unknown processor'}, {len(os.sched_getaffinity(0))} cores, load "
          f"{os.getloadavg()[0]:.1f} at the start")
    bench = Bench(arguments)
    measures = {"many": bench.many_clips, "long": bench.long_file, "threads": bench.threads,
                "stages": bench.stages, "training": bench.training}
    for name in arguments.only:
        measures[name]()
    print(f"\nLoad at the end: {os.getloadavg()[0]:.1f}")
    (arguments.work / "measure_scale.json").write_text(json.dumps(bench.results, indent=1) + "\n")


if __name__ == "__main__":
    main()
