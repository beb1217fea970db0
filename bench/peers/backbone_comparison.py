# SPDX-License-Identifier: Apache-2.0
"""Patches per second: our engines against ONNX Runtime, float32 and int8, best batch each, for every thread count."""

import subprocess

import numpy

from measure import in_turn, ratios, run, spread, text_of, print_table

BATCHES = (1, 10, 32, 64)
ENGINES = [("torchscript", "float32"), ("onednn", "float32"), ("onednn", "bfloat16"), ("onednn", "int8")]
REFERENCE = "ONNX Runtime float32"
PEERS = {REFERENCE: "yamnet.onnx", "ONNX Runtime int8": "yamnet_int8.onnx"}


def commands(setup):
    """The command of each contestant, without batch, threads and seconds."""
    patches = ["--patches", setup.work / "patches.f32"]
    rate = [setup.program("backbone_rate"), "--weights", setup.weights, *patches]
    ours = {f"{engine} {precision}": [*rate, "--engine", engine, "--precision", precision]
            for engine, precision in ENGINES}
    theirs = {name: [*setup.node("onnx_backbone.mjs"), "--model", setup.work / file, *patches]
              for name, file in PEERS.items() if (setup.work / file).exists()}
    return ours, theirs


def refused(command):
    """Why an engine cannot run here, or None."""
    probe = subprocess.run([str(word) for word in command] + ["--batches", "1", "--seconds", "0.01"],
                           capture_output=True, text=True)
    return None if probe.returncode == 0 else probe.stderr.strip().splitlines()[-1]


def usable_precisions(setup):
    """The precisions to extract with: float32, and int8 where it runs."""
    ours, _ = commands(setup)
    return ["float32"] + [name.split()[1] for name, command in ours.items()
                          if name == "onednn int8" and not refused(command)]


def disagreement(name, agreement):
    """In what these embeddings differ too much from the reference's to be the same network's, or None."""
    if agreement["median_cosine"] < 0.99:
        return (f"cosine to the embeddings of {REFERENCE}: median {agreement['median_cosine']:.4f}, smallest "
                f"{agreement['smallest_cosine']:.2f}")
    if "float32" in name and agreement["largest_difference"] > 1e-3:
        return f"largest difference from the embeddings of {REFERENCE}: {agreement['largest_difference']:.2g}"
    return None


def check_embeddings(setup, contestants, peers):
    """Cosine to ONNX Runtime's float32 embeddings, patch by patch. Ours must agree; a peer that does not (ONNX Runtime's
    int8 saturates on processors without VNNI) is reported as such."""
    found = {}
    for name, command in contestants.items():
        file = setup.work / "embeddings.f32"
        run([*command, "--out", file])
        found[name] = numpy.fromfile(file, numpy.float32).reshape(-1, 1024)
    reference = found[REFERENCE]
    agreement = {}
    for name, embeddings in found.items():
        norms = numpy.linalg.norm(embeddings, axis=1) * numpy.linalg.norm(reference, axis=1)
        cosines = (embeddings * reference).sum(1) / norms
        agreement[name] = {"largest_difference": float(numpy.abs(embeddings - reference).max()),
                           "median_cosine": float(numpy.median(cosines)), "smallest_cosine": float(cosines.min())}
        problem = disagreement(name, agreement[name])
        if problem and name in peers and name != REFERENCE:
            print(f"{name}: {problem}; the peer's result on this processor, kept in the tables")
        elif problem:
            raise SystemExit(f"bench-peers: {name}: {problem}")
    return agreement


def best_batch(command, threads, seconds):
    batches = ",".join(map(str, BATCHES))
    rows = run([*command, "--threads", threads, "--batches", batches, "--seconds", seconds]).json_lines()
    return max(rows, key=lambda row: row["patches_per_s"])["batch"]


def compare_threads(setup, contestants, threads):
    seconds = 0.4 if setup.quick else 1.0
    batches = {name: best_batch(command, threads, seconds / 3) for name, command in contestants.items()}

    def once(name):
        words = ["--threads", threads, "--batches", batches[name], "--seconds", seconds]
        return lambda: run([*contestants[name], *words]).json_lines()[0]

    results = in_turn({name: once(name) for name in contestants}, setup.repeats, f"backbone, threads: {threads}")
    return {name: {"batch": batches[name],
                   "patches_per_s": [row["patches_per_s"] for row in rows],
                   "cpu_s_per_patch": [row["cpu_s_per_patch"] for row in rows]} for name, rows in results.items()}


def print_result(threads, measured, agreement, peers):
    rows = []
    for name, values in measured.items():
        row = [name, values["batch"], text_of(spread(values["patches_per_s"]), 0),
               f"{1 / spread(values['cpu_s_per_patch'])['median']:.0f}"]
        for peer in peers:
            row += [text_of(ratios(values["patches_per_s"], measured[peer]["patches_per_s"])),
                    text_of(ratios(measured[peer]["cpu_s_per_patch"], values["cpu_s_per_patch"]))]
        rows.append([*row, f"{agreement[name]['median_cosine']:.5f}"])
    header = ["engine", "batch", "patches/s: median (min to max)", "per CPU second",
              *[words for peer in peers for words in (f"/ {peer}", "by CPU time")], "cosine"]
    print_table(f"Backbone, threads: {threads}", header, rows)


def compare(setup):
    ours, theirs = commands(setup)
    left_out = {name: why for name, why in ((name, refused(command)) for name, command in ours.items()) if why}
    for name, why in left_out.items():
        print(f"left out: {name}: {why}")
    contestants = {name: command for name, command in ours.items() if name not in left_out} | theirs
    agreement = check_embeddings(setup, contestants, list(theirs))
    result = {"agreement": agreement, "left_out": left_out, "threads": {}}
    for threads in setup.threads:
        measured = compare_threads(setup, contestants, threads)
        result["threads"][threads] = measured
        print_result(threads, measured, agreement, list(theirs))
    return result
