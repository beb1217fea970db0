#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what making shards costs beside one process: processor time, bytes and the union's records.

Needs the build with the target make_clips, and a folder of recordings to cut the clips from (0.25 s each, the least work per
clip, so that what shards add shows most). Processor time is that of all processes and their children. Slurm's come from its
own daemons, so that only time by the clock is known there; scripts/check_slurm.sh starts one on this machine.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import time


def run(command, where, **variables):
    """Runs a command to its end; (seconds by the clock, seconds of processor time)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                   **variables}
    ended = subprocess.run([str(word) for word in command], cwd=where, env=environment, stdout=subprocess.DEVNULL, check=False)
    if ended.returncode != 0:
        sys.exit(f"measure_shards: exit code {ended.returncode}: {' '.join(map(str, command))}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - started, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Bench:
    def __init__(self, arguments):
        self.bin, self.work, self.arguments = arguments.bin.resolve(), arguments.work.resolve(), arguments
        self.work.mkdir(parents=True, exist_ok=True)
        shutil.copy(arguments.weights, self.work / "yamnet.pt")
        self.results = []

    def make_clips(self):
        if not (self.work / "clips").exists():
            run([self.bin / "make_clips", "--from", self.arguments.recordings.resolve(), "--out", "clips", "--count",
                 self.arguments.clips], self.work)
        names = sorted(str(path.relative_to(self.work)) for path in (self.work / "clips").rglob("*.wav"))
        (self.work / "files.txt").write_text("".join(f"{name}\n" for name in names[:self.arguments.clips]))

    def fresh(self, *names):
        for name in names:
            shutil.rmtree(self.work / name, ignore_errors=True)

    def note(self, name, wall_s, cpu_s, folder):
        stored = sum(path.stat().st_size for path in (self.work / folder).rglob("data.mdb"))
        self.results.append({"run": name, "wall_s": wall_s, "cpu_s": cpu_s, "bytes": stored,
                             "clips_per_cpu_s": self.arguments.clips / cpu_s if cpu_s else None})
        print(json.dumps(self.results[-1]), flush=True)

    def alone(self):
        self.fresh("one")
        taken = run([self.bin / "embedder", "--quiet", "--weights", "yamnet.pt", "--threads", 1, "--store", "one", "--list",
                     "files.txt"], self.work)
        self.note("one process", *taken, "one")

    def by(self, launcher):
        """All shards by a file of examples/cluster; then the union is compared with the single process's records."""
        examples = pathlib.Path(__file__).resolve().parents[2] / "examples/cluster"
        shards, jobs = self.arguments.shards, self.arguments.jobs
        commands = {"parallel": [examples / "embed_parallel.sh", shards, "--jobs", jobs],
                    "mpirun": [examples / "embed_mpirun.sh", "--oversubscribe", "-n", jobs],
                    "sbatch": ["sbatch", "--wait", f"--array=0-{shards - 1}", examples / "embed_array.sbatch"]}
        self.fresh("shards", "scratch")
        wall_s, cpu_s = run(commands[launcher], self.work, PATH=f"{self.bin}:{os.environ['PATH']}", TMPDIR=str(self.work))
        self.note(launcher, wall_s, None if launcher == "sbatch" else cpu_s, "shards")
        wall_s, cpu_s = run([self.bin / "embedder", "--missing", "--quiet", "--threads", 1, "--store", "shards"], self.work)
        self.note(f"{launcher}: --missing", wall_s, cpu_s, "shards")
        merged = subprocess.run([self.bin / "store", "--quiet", "merge", "one", "shards"], cwd=self.work, text=True,
                                capture_output=True, check=False)
        print(f"{launcher}: {merged.stdout.strip()}", flush=True)
        if merged.returncode != 0 or ": 0 records added" not in merged.stdout:
            sys.exit(f"measure_shards: {launcher}: the union differs from the single process's records")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/release/bin"), help="folder of the programs")
    options.add_argument("--weights", type=pathlib.Path, default=pathlib.Path("data/yamnet.pt"), help="the network")
    options.add_argument("--recordings", type=pathlib.Path, default=pathlib.Path("data/esc50/audio"), help="to cut clips from")
    options.add_argument("--work", type=pathlib.Path, default=pathlib.Path("build/shards"), help="folder to work in")
    options.add_argument("--clips", type=int, default=100_000, help="clips (default %(default)s)")
    options.add_argument("--shards", type=int, default=8, help="shards (default %(default)s)")
    options.add_argument("--jobs", type=int, default=2, help="processes at once (default %(default)s)")
    options.add_argument("--by", nargs="*", choices=("parallel", "mpirun", "sbatch"), default=["parallel", "mpirun"],
                         help="what starts the shards (default: parallel mpirun)")
    bench = Bench(options.parse_args())
    bench.make_clips()
    bench.alone()
    for launcher in bench.arguments.by:
        bench.by(launcher)
    (bench.work / "measure_shards.json").write_text(json.dumps(bench.results, indent=1) + "\n")
