# SPDX-License-Identifier: Apache-2.0
"""Warm training, whole processes: trainer on ESC-10 in five folds against the same loop in PyTorch."""

import json
import shutil

from measure import in_turn, ratios, run, spread, text_of, print_table
from bench_setup import HERE, ONE_THREAD

CONFIGS = HERE.parent.parent / "configs"


def trainer(setup, config, threads):
    """trainer with the embeddings already in its store."""
    command = [setup.program("trainer"), "--config", CONFIGS / f"{config}.yaml", "--quiet", "--threads", threads]
    for setting in (f"data.root={setup.esc50}", f"backbone.weights={setup.weights}",
                    f"store.folder={setup.work / 'warm_store'}", f"run.folder={setup.work / 'runs'}",
                    *(["training.epochs=5"] if setup.quick else [])):
        command += ["--set", setting]

    def once():
        shutil.rmtree(setup.work / "runs" / config, ignore_errors=True)
        return run(command)

    return once


def theirs(setup, threads, epochs=None):
    epochs = epochs or (5 if setup.quick else 20)
    command = [*setup.peer("torch_training.py"), "--embeddings", setup.work / "esc10_embeddings", "--table",
               setup.esc50 / "meta/esc50.csv", "--threads", threads, "--epochs", epochs]
    return lambda: run(command, {**ONE_THREAD, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)})


def prepare(setup):
    """Fills the store and writes ESC-10's embeddings for the PyTorch loop."""
    for config in ("esc10", "dogcat_two_folds"):
        trainer(setup, config, setup.most_threads)()
    table = (setup.esc50 / "meta/esc50.csv").read_text().splitlines()
    names = [line.split(",")[0] for line in table if ",True," in line]
    present = {file.stem: file for file in (setup.esc50 / "audio").iterdir()}
    files = [present[name.rsplit(".", 1)[0]] for name in names]
    clips = setup.work / "esc10.txt"
    clips.write_text("".join(f"{file}\n" for file in files))
    run([setup.program("embedder"), "--quiet", "--weights", setup.weights, "--store", setup.work / "warm_store",
         "--list", clips, "--out-npy", setup.work / "esc10_embeddings"])


def faster_thread_count(setup):
    """How many threads PyTorch's loop runs fastest with."""
    return min(setup.threads, key=lambda threads: theirs(setup, threads, epochs=1)().wall_s)


def our_run(setup):
    """Accuracy and steps of the run just made."""
    result = json.loads((setup.work / "runs/esc10/latest/result.json").read_text())
    steps = sum(fold["epochs_run"] * -(-fold["train"]["windows"] // 32) for fold in result["rounds"])
    return result["clip_accuracy"]["mean"], steps


def step_arithmetic_s(setup):
    """Processor time of a step's matrix products alone, from our benchmark."""
    command = [setup.program("soundfold_bench"), "--benchmark_filter=^training_step_arithmetic$",
               "--benchmark_format=json"]
    benchmark = json.loads(run(command, ONE_THREAD).output)["benchmarks"][0]
    return benchmark["cpu_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3}[benchmark["time_unit"]]


def compare(setup):
    prepare(setup)
    peer_threads = faster_thread_count(setup)
    contestants = {f"trainer, threads: {threads}": trainer(setup, "esc10", threads) for threads in setup.threads}
    contestants[f"PyTorch, threads: {peer_threads}"] = peer = theirs(setup, peer_threads)
    contestants["trainer, dogcat_two_folds"] = trainer(setup, "dogcat_two_folds", setup.most_threads)
    arithmetic = []

    def timed_arithmetic():
        arithmetic.append(step_arithmetic_s(setup))

    results = in_turn(contestants | {"arithmetic": timed_arithmetic}, setup.repeats, "warm training")
    accuracy, steps = our_run(setup)
    peer_name = next(name for name, contestant in contestants.items() if contestant is peer)
    peer_result = results[peer_name][-1].json_lines()[0]
    measured = {name: {"wall_s": [one.wall_s for one in results[name]], "cpu_s": [one.cpu_s for one in results[name]]}
                for name in contestants}
    rows = []
    for name, values in measured.items():
        row = [name, text_of(spread(values["wall_s"])), text_of(spread(values["cpu_s"]))]
        if "dogcat" in name:
            row += ["", "", ""]
        else:
            row += [text_of(ratios(measured[peer_name]["wall_s"], values["wall_s"])),
                    text_of(ratios(measured[peer_name]["cpu_s"], values["cpu_s"])),
                    f"{100 * (peer_result['clip_accuracy'] if name == peer_name else accuracy):.2f} %"]
        rows.append(row)
    print_table("Warm 5-fold ESC-10, tutorial head, whole processes (and dog or cat on two folds)",
                ["program", "wall s: median (min to max)", "CPU s", "times faster", "by CPU time", "clip accuracy"],
                rows)
    products_s = steps * spread(arithmetic)["median"]
    own = spread(measured[f"trainer, threads: {setup.threads[0]}"]["cpu_s"])["median"]
    print(f"  matrix products of {steps} steps: {products_s:.2f} CPU s, {100 * products_s / own:.0f} % of trainer's")
    return {"programs": measured, "clip_accuracy": accuracy, "peer": peer_result, "steps": steps,
            "step_arithmetic_s": arithmetic}
