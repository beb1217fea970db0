# SPDX-License-Identifier: Apache-2.0
"""Cold extraction, whole processes: embedder with its store on disk against the same pipeline in PyTorch."""

import shutil

import numpy

from measure import in_turn, ratios, run, spread, text_of, print_table
from bench_setup import ONE_THREAD


def ours(setup, precision, out_npy=None):
    """embedder over the list into a new store, as long as it takes."""
    store = setup.work / "cold_store"

    def once():
        shutil.rmtree(store, ignore_errors=True)
        command = [setup.program("embedder"), "--quiet", "--weights", setup.weights, "--store", store, "--list",
                   setup.clip_list, "--precision", precision, "--threads", setup.most_threads]
        return run(command + (["--out-npy", out_npy] if out_npy else []))

    return once


def theirs(setup, frozen):
    out = setup.work / "torch_embeddings"

    def once():
        shutil.rmtree(out, ignore_errors=True)
        command = [*setup.peer("torch_pipeline.py"), "--weights", setup.weights, "--list", setup.clip_list,
                   "--out", out, "--workers", setup.most_threads]
        return run(command + (["--frozen"] if frozen else []), ONE_THREAD)

    return once


def check_embeddings(setup):
    """The cosine of both pipelines' embeddings, frame by frame. They differ by the resampler alone."""
    ours_folder = setup.work / "our_embeddings"
    shutil.rmtree(ours_folder, ignore_errors=True)
    ours(setup, "float32", ours_folder)()
    theirs(setup, frozen=False)()
    cosines = []
    for file in ours_folder.glob("*.embeddings.npy"):
        a, b = numpy.load(file), numpy.load(setup.work / "torch_embeddings" / file.name)
        cosines.extend((a * b).sum(1) / (numpy.linalg.norm(a, axis=1) * numpy.linalg.norm(b, axis=1)))
    agreement = {"frames": len(cosines), "median_cosine": float(numpy.median(cosines)),
                 "percentile_1_cosine": float(numpy.percentile(cosines, 1))}
    if len(cosines) == 0 or agreement["median_cosine"] < 0.9999 or agreement["percentile_1_cosine"] < 0.99:
        raise SystemExit(f"bench-peers: the PyTorch pipeline computes something else: {agreement}")
    return agreement


def compare(setup, precisions):
    agreement = check_embeddings(setup)
    contestants = {f"embedder {precision}": ours(setup, precision) for precision in precisions}
    contestants |= {"PyTorch": theirs(setup, frozen=False), "PyTorch, frozen": theirs(setup, frozen=True)}
    results = in_turn(contestants, setup.repeats, "cold extraction")
    clips = setup.clip_count()
    measured = {name: {"clips_per_s": [clips / one.wall_s for one in runs], "cpu_s": [one.cpu_s for one in runs],
                       "peak_kb": [one.peak_kb for one in runs]} for name, runs in results.items()}
    rows = []
    for name, values in measured.items():
        row = [name, text_of(spread(values["clips_per_s"]), 1), text_of(spread(values["cpu_s"]), 1),
               f"{spread(values['peak_kb'])['median'] / 1024:.0f}"]
        for peer in ("PyTorch", "PyTorch, frozen"):
            row += [text_of(ratios(values["clips_per_s"], measured[peer]["clips_per_s"])),
                    text_of(ratios(measured[peer]["cpu_s"], values["cpu_s"]))]
        rows.append(row)
    header = ["program", "clips/s: median (min to max)", "CPU s", "peak MB", "/ PyTorch", "by CPU time", "/ frozen",
              "by CPU time"]
    print_table(f"Cold extraction of {clips} clips, whole processes, {setup.most_threads} threads or processes; "
                f"cosine of embeddings: median {agreement['median_cosine']:.5f}", header, rows)
    return {"clips": clips, "agreement": agreement, "programs": measured}
