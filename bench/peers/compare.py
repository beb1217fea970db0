# SPDX-License-Identifier: Apache-2.0
"""Measures Soundfold beside ONNX Runtime and PyTorch on the same weights and recordings, in turn, and prints ratios.

Called by scripts/bench_peers.sh, which installs the peers and builds what is measured.
"""

import argparse
import json
import pathlib

import backbone_comparison
import extraction_comparison
import model_comparison
import training_comparison
from measure import markdown, run
from bench_setup import Setup, machine_facts

PARTS = ("backbone", "extraction", "training", "model")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("binaries", "weights", "esc50", "runtime", "example", "work"):
        parser.add_argument(f"--{name}", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--quick", action="store_true", help="shorter measurements: to see that all works")
    parser.add_argument("--repeats", type=int, help="rounds; 5, or 3 when quick")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="some of the comparisons")
    return parser.parse_args()


def prepare(setup):
    """ONNX graphs, patches and waveforms from the weights and the recordings."""
    setup.work.mkdir(parents=True, exist_ok=True)
    run([*setup.peer("export_onnx.py"), "--weights", setup.weights, "--out", setup.work])
    run([*setup.peer("make_inputs.py"), "--weights", setup.weights, "--list", setup.clip_list, "--out", setup.work])


def main():
    arguments = parse_arguments()
    setup = Setup(arguments.binaries, arguments.weights, arguments.esc50, arguments.runtime, arguments.example,
                  arguments.work, arguments.repeats or (3 if arguments.quick else 5), arguments.quick)
    prepare(setup)
    results = {"machine": machine_facts(setup), "repeats": setup.repeats, "quick": setup.quick}
    print("  ".join(f"{name}: {value}" for name, value in results["machine"].items()))
    if results["machine"]["load_at_start"] > 0.5:
        print("Other work is running here: trust the processor times more than the wall times.")
    if "backbone" in arguments.only:
        results["backbone"] = backbone_comparison.compare(setup)
    if "extraction" in arguments.only:
        precisions = backbone_comparison.usable_precisions(setup)
        results["extraction"] = extraction_comparison.compare(setup, precisions)
    if "training" in arguments.only:
        results["training"] = training_comparison.compare(setup)
    if "model" in arguments.only:
        training_comparison.trainer(setup, "dogcat_two_folds", setup.most_threads)()
        results["model"] = model_comparison.compare(setup, setup.work / "runs/dogcat_two_folds/latest/model.pt")
    file = setup.work / "bench_peers.json"
    file.write_text(json.dumps(results, indent=1) + "\n")
    file.with_suffix(".md").write_text(markdown(results["machine"]))
    print(f"\nAll numbers: {file}; the tables in Markdown: {file.with_suffix('.md')}")


if __name__ == "__main__":
    main()
