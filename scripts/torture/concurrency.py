#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets many processes use one store at once, kills some of them, and holds what they made against one process's work."""

import json
import signal
import time

import common

EXAMPLES = """  concurrency.py                           # two and eight processes
  concurrency.py --processes 16 --corpus recordings/ --weights data/yamnet.pt
"""


def embed(store, *more):
    return ["--weights", "yamnet.pt", "--store", store, "--threads", 1, *more]


def reference(place):
    """The embeddings as one process alone makes them."""
    place.good("embedder", *embed("alone", "--out-npy", "alone_npy"), "clips")
    place.good("trainer", "--config", "empty.yaml", *common.training_options(8, store__folder="alone", name="alone"))
    return common.digest(place.folder / "experiments/alone/latest/test_logits.json")


def check_store(place, count, store, what):
    """Everything is in the store, whole, and equal to what one process made."""
    report = json.loads(place.good("embedder", *embed(store, "--json", "--out-npy", store + "_npy"), "clips").out)
    count.expect(report["computed"] == 0, f"{what}: {report['computed']} clips were missing")
    count.expect(report["recomputed_damaged"] == 0, f"{what}: damaged records")
    gap, unequal = common.largest_difference(place.folder / "alone_npy", place.folder / (store + "_npy"))
    count.expect(gap <= common.TOLERANCE, f"{what}: embeddings differ by {gap}")
    count.add("embedding files not byte-equal", unequal)
    return report


def wait_all(processes, count, what, allowed=(0,)):
    for process in processes:
        out, err = process.communicate(timeout=300)
        code = common.Ended(process.returncode, out, err).code
        count.expect(code in allowed, f"{what}: ended with {code}: {err[-500:]}")
        count.add("processes run")


def extract_together(place, count, number):
    """`number` processes embed the same clips into one new store at once."""
    store = f"together{number}"
    wait_all([place.start("embedder", *embed(store), "clips") for _ in range(number)], count, store)
    check_store(place, count, store, store)


def train_together(place, count, number, expected):
    """`number` trainings at once from one store that none has filled: extraction, training and run folders collide."""
    name = f"trained{number}"
    options = common.training_options(8, store__folder=name, name=name)
    wait_all([place.start("trainer", "--config", "empty.yaml", *options) for _ in range(number)], count, name)
    runs = [f for f in (place.folder / "experiments" / name).iterdir() if not f.is_symlink()]
    count.expect(len(runs) == number, f"{name}: {len(runs)} run folders for {number} trainings")
    for run in runs:
        same = (run / "test_logits.json").exists() and common.digest(run / "test_logits.json") == expected
        count.expect(same, f"{name}: {run.name} has other results than a training alone")
    check_store(place, count, name, name)


def read_while_written(place, count, rounds):
    """Readers of finished clips while a writer adds others: each sees whole records or none."""
    clips = sorted(str(f) for f in (place.folder / "clips").iterdir())
    half = len(clips) // 2
    place.good("embedder", *embed("read"), *clips[:half])
    for hop in range(rounds):
        writer = place.start("embedder", *embed("read", "--patch-hop-frames", 10 + hop), *clips)
        while writer.poll() is None:
            ended = place.run("embedder", *embed("read", "--json"), *clips[:half])
            report = json.loads(ended.out) if ended.code == 0 else {}
            count.expect(report.get("computed") == 0 and report.get("recomputed_damaged") == 0,
                         f"reading while written: {ended.err[-500:]}")
            count.add("reads beside a writer")
        wait_all([writer], count, "the writer")


def kill_beside_others(place, count, kills):
    """Of three writers one is killed again and again, also inside its transaction; the others and the next continue."""
    others = []
    for number in range(kills):
        others = [p for p in others if p.poll() is None]
        while len(others) < 2:
            others.append(place.start("embedder", *embed("killed", "--patch-hop-frames", 11 + number), "clips"))
        victim = place.start("embedder", *embed("killed", "--patch-hop-frames", 12 + number), "clips")
        data = place.folder / "killed/data.mdb"
        seen, deadline = data.stat().st_mtime_ns if data.exists() else 0, time.monotonic() + 3
        while time.monotonic() < deadline and victim.poll() is None:
            if data.exists() and data.stat().st_mtime_ns != seen and place.random.random() < 0.2:
                break
            time.sleep(0.001)
        if victim.poll() is None:
            count.add("kills survived")
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
    wait_all(others, count, "beside a killed writer")
    place.good("embedder", *embed("killed"), "clips")
    check_store(place, count, "killed", "after killed writers")


def torture(place, count):
    common.take_weights(place)
    common.take_corpus(place)
    common.write_config(place)
    expected = reference(place)
    for number in (2, place.arguments.processes):
        extract_together(place, count, number)
        train_together(place, count, number, expected)
    read_while_written(place, count, 3)
    kill_beside_others(place, count, place.arguments.kills)


if __name__ == "__main__":
    options = common.parser(__doc__, EXAMPLES)
    options.add_argument("--processes", type=int, default=8, help="the larger number of processes (default %(default)s)")
    options.add_argument("--kills", type=int, default=12, help="writers to kill (default %(default)s)")
    common.start("concurrency", torture, options)
