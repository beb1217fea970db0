# SPDX-License-Identifier: Apache-2.0
"""The exported model: latency, time to the first answer, memory and size, beside ONNX Runtime on the same model.

ONNX Runtime gets two graphs: the one that exporter writes, for any length and batch, and one that export_onnx.py makes for
a single length, whose front end is a convolution.
"""

import pathlib
import re

import numpy

from measure import in_turn, percentile, run, spread, text_of, print_table
from bench_setup import ONE_THREAD, machine_facts

LENGTHS = {15600: "0.975 s", 80000: "5 s"}


AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2"}  # what our network's engine may use


def usable_int8(setup):
    return any("vnni" in name for name in machine_facts(setup)["instructions"])


def contestants_for(setup, model, samples):
    """Command and environment of each, by name; names with int8 compute otherwise."""
    repeats = 40 if setup.quick else 100
    plain = model.with_suffix(".safetensors")
    waveform = setup.work / f"waveform_{samples}.f32"
    precisions = ["float32"] + ["int8"] * usable_int8(setup)

    def runtime(precision):
        return [setup.program("runtime_latency"), plain, waveform, precision, repeats]

    def onnx(graph, *rows):
        return [*setup.node("onnx_latency.mjs"), "--model", setup.work / graph, "--waveform", waveform, "--repeats",
                repeats, *rows]

    commands = {f"LibTorch, {kind.replace('_', ' ')}": ([setup.program("model_latency"), model, waveform, kind, repeats], {})
                for kind in ("as_is", "frozen")}
    commands |= {f"Soundfold's runtime, {precision}": (runtime(precision), {}) for precision in precisions}
    if "avx512f" in machine_facts(setup)["instructions"]:
        commands["Soundfold's runtime, float32, AVX2"] = (runtime("float32"), AVX2)
    commands["Soundfold's server, float32"] = (
        [*setup.peer("server_latency.py"), "--server", setup.program("server"), "--model", plain, "--waveform",
         waveform.with_suffix(""), "--repeats", repeats], {})
    commands |= {f"ONNX Runtime, exporter's {precision}": (onnx(f"exported_{precision}.onnx", "--rows", 1), {})
                 for precision in ("float32", "int8")}
    commands["ONNX Runtime, graph of this length"] = (onnx(f"model_{samples}.onnx"), {})
    return commands


def summary(runs):
    """Latencies without each process's first two calls, in which LibTorch still optimises."""
    lines = [one.json_lines()[0] for one in runs]
    times = [time for line in lines for time in line["times_ms"][2:]]
    return {"p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99),
            "cpu_ms": spread([line["cpu_ms"] for line in lines]), "load_ms": spread([line["load_ms"] for line in lines]),
            "first_ms": spread([line["first_ms"] for line in lines]),
            "resident_mb": spread([line["resident_kb"] / 1024 for line in lines]), "logits": lines[0]["logits"]}


def check_logits(results):
    logits = [numpy.array(result["logits"]) for name, result in results.items() if "int8" not in name]
    if any(numpy.abs(other - logits[0]).max() > 1e-3 for other in logits):
        raise SystemExit(f"bench-peers: the models' answers differ: {[list(values) for values in logits]}")


def compare_length(setup, model, samples):
    commands = contestants_for(setup, model, samples)
    runs = in_turn({name: (lambda command=command, more=more: run(command, ONE_THREAD | more))
                    for name, (command, more) in commands.items()}, setup.repeats, f"model, {LENGTHS[samples]}")
    results = {name: summary(own) for name, own in runs.items()}
    check_logits(results)
    rows = [[name, f"{one['p50_ms']:.2f}", f"{one['p99_ms']:.2f}", text_of(one["cpu_ms"]), text_of(one["load_ms"], 0),
             text_of(one["first_ms"], 1), f"{one['resident_mb']['median']:.0f}"] for name, one in results.items()]
    print_table(f"Exported model, {LENGTHS[samples]} of sound, 1 thread",
                ["program", "p50 ms", "p99 ms", "CPU ms a call", "load ms", "first answer ms", "resident MB"], rows)
    return results


def first_answers(setup, model):
    """From the start of a program to its end, which is its first answer: with LibTorch, with ours, and with Node.js, which
    itself takes a part of it."""
    result = {}
    plain = model.with_suffix(".safetensors")
    for samples, length in LENGTHS.items():
        waveform = setup.work / f"waveform_{samples}.f32"
        sound = waveform.with_suffix(".wav")
        commands = {"classify_wav (LibTorch)": [setup.example, model, sound],
                    "Soundfold's runtime": [setup.program("runtime_latency"), plain, waveform, "float32", 0],
                    "classifier": [setup.program("classifier"), "--model", plain, "--threads", 1, sound],
                    "ONNX Runtime (Node.js)": [*setup.node("onnx_latency.mjs"), "--model",
                                               setup.work / "exported_float32.onnx", "--waveform", waveform, "--rows", 1,
                                               "--repeats", 0]}
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


def library_sizes(setup):
    """MB on the disk of what a program loads beyond the libraries of C and C++."""
    def loaded(program):
        paths = re.findall(r"=> (/\S+)", run(["ldd", program]).output)
        return [path for path in map(pathlib.Path, paths) if not re.match(r"lib(c|m|stdc\+\+|gcc_s)\.so", path.name)]

    onnxruntime = list(setup.runtime.glob("node_modules/onnxruntime-node/bin/*/linux/x64/libonnxruntime.so.1"))
    files = {"Soundfold's runtime": loaded(setup.program("runtime_latency")), "LibTorch": loaded(setup.example),
             "ONNX Runtime": onnxruntime}
    sizes = {name: {"libraries": len(own), "mb": sum(path.stat().st_size for path in own) / 1e6}
             for name, own in files.items()}
    print_table("Libraries beyond those of C and C++", ["program", "libraries", "MB"],
                [[name, one["libraries"], f"{one['mb']:.1f}"] for name, one in sizes.items()])
    return sizes


def compare(setup, model):
    run([*setup.peer("export_onnx.py"), "--weights", setup.weights, "--model", model, "--out", setup.work])
    exporter = [setup.program("exporter"), "--model", model, "--quiet", "--onnx"]
    run([*exporter, setup.work / "exported_float32.onnx"])
    run([*exporter, setup.work / "exported_int8.onnx", "--int8"])
    latency = {samples: compare_length(setup, model, samples) for samples in LENGTHS}
    return {"latency": latency, "first_answer": first_answers(setup, model),
            "library_sizes": library_sizes(setup)}
