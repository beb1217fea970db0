# SPDX-License-Identifier: Apache-2.0
"""The exported model: latency, time to the first answer and memory, beside ONNX Runtime on the same graph."""

import numpy

from measure import in_turn, percentile, run, spread, text_of, print_table
from bench_setup import ONE_THREAD

LENGTHS = {15600: "0.975 s", 80000: "5 s"}


def contestants_for(setup, model, samples):
    repeats = 40 if setup.quick else 100
    waveform = setup.work / f"waveform_{samples}.f32"
    ours = {f"LibTorch, {kind.replace('_', ' ')}": [setup.program("model_latency"), model, waveform, kind, repeats]
            for kind in ("as_is", "frozen")}
    ours["Soundfold's runtime"] = [setup.program("runtime_latency"), model.with_suffix(".safetensors"), waveform, "float32",
                                   repeats]
    theirs = [*setup.node("onnx_latency.mjs"), "--model", setup.work / f"model_{samples}.onnx", "--waveform", waveform,
              "--repeats", repeats]
    return ours | {"ONNX Runtime": theirs}


def summary(runs):
    """Latencies without each process's first two calls, in which LibTorch still optimises."""
    lines = [one.json_lines()[0] for one in runs]
    times = [time for line in lines for time in line["times_ms"][2:]]
    return {"p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99),
            "load_ms": spread([line["load_ms"] for line in lines]),
            "first_ms": spread([line["first_ms"] for line in lines]),
            "resident_mb": spread([line["resident_kb"] / 1024 for line in lines]), "logits": lines[0]["logits"]}


def check_logits(results):
    logits = [numpy.array(result["logits"]) for result in results.values()]
    if any(numpy.abs(other - logits[0]).max() > 1e-3 for other in logits):
        raise SystemExit(f"bench-peers: the models' answers differ: {[list(values) for values in logits]}")


def compare_length(setup, model, samples):
    commands = contestants_for(setup, model, samples)
    runs = in_turn({name: (lambda command=command: run(command, ONE_THREAD)) for name, command in commands.items()},
                   setup.repeats, f"model, {LENGTHS[samples]}")
    results = {name: summary(own) for name, own in runs.items()}
    check_logits(results)
    rows = [[name, f"{one['p50_ms']:.2f}", f"{one['p99_ms']:.2f}", text_of(one["load_ms"], 0),
             text_of(one["first_ms"], 1), f"{one['resident_mb']['median']:.0f}"] for name, one in results.items()]
    print_table(f"Exported model, {LENGTHS[samples]} of sound, 1 thread",
                ["program", "p50 ms", "p99 ms", "load ms", "first answer ms", "resident MB"], rows)
    return results


def first_answers(setup, model):
    """From the start of a program to its end, which is its first answer: examples/classify_wav, and our runtime."""
    result = {}
    for samples, length in LENGTHS.items():
        commands = {"classify_wav (LibTorch)": [setup.example, model, setup.work / f"waveform_{samples}.wav"],
                    "Soundfold's runtime": [setup.program("runtime_latency"), model.with_suffix(".safetensors"),
                                            setup.work / f"waveform_{samples}.f32", "float32", 0]}
        runs = in_turn({name: (lambda command=command: run(command, ONE_THREAD)) for name, command in commands.items()},
                       setup.repeats, f"first answer, {length}")
        for name, own in runs.items():
            result[f"{name}, {length}"] = {"wall_ms": spread([1000 * one.wall_s for one in own]),
                                           "cpu_ms": spread([1000 * one.cpu_s for one in own]),
                                           "peak_mb": spread([one.peak_kb / 1024 for one in own])}
    rows = [[name, text_of(one["wall_ms"], 0), text_of(one["cpu_ms"], 0), f"{one['peak_mb']['median']:.0f}"]
            for name, one in result.items()]
    print_table("From process start to the first answer",
                ["program, sound", "wall ms: median (min to max)", "CPU ms", "peak MB"], rows)
    return result


def compare(setup, model):
    export = [*setup.peer("export_onnx.py"), "--weights", setup.weights, "--model", model, "--out", setup.work]
    run(export)
    latency = {samples: compare_length(setup, model, samples) for samples in LENGTHS}
    return {"latency": latency, "first_answer": first_answers(setup, model)}
