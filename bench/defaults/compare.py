# SPDX-License-Identifier: Apache-2.0
"""Compares settings of an experiment over the sets of make_sets.py: clip accuracy of five folds, two seeds.

  bench/defaults/compare.py build/release/bin OUT/choose bench/defaults/candidates.txt [NAME...] [--seeds 10]

Each line of the candidates' file is NAME: key=value key=value ...; the first is what the others are compared to.
Prints a table in Markdown. What was trained before is not trained again (--skip-finished).
"""
import argparse
import json
import pathlib
import subprocess

BASE = """name: {name}
data: {{layout: csv, root: {root}, manifest: {root}/{set}.csv}}
protocol: {{type: cross_validation, folds_from: data, validation: next, repeats: {seeds}, final_model: none}}
run: {{folder: {runs}, threads: 1}}
store: {{folder: {runs}/store}}
"""


def accuracy(programs, folder, name, candidate, settings, seeds):
    runs = folder / "runs"
    config = runs / f"{name}.yaml"
    runs.mkdir(exist_ok=True)
    experiment = f"{name}-{candidate}-{seeds}"
    config.write_text(BASE.format(name=experiment, root=folder, set=name, runs=runs, seeds=seeds))
    result = runs / experiment / "latest" / "result.json"
    sets = [part for setting in settings for part in ("--set", setting)]
    if not result.exists():
        subprocess.run([programs / "trainer", "--config", config, *sets], check=True, capture_output=True)
    return 100 * json.loads(result.read_text())["clip_accuracy"]["mean"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("candidates", type=pathlib.Path)
    parser.add_argument("names", nargs="*", help="of candidates; all without any")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--sets", nargs="*", help="of the folder; all without any")
    given = parser.parse_intermixed_args()
    folder = given.folder.resolve()
    candidates = {}
    for line in given.candidates.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, settings = line.partition(":")
            candidates[name] = settings.split()
    candidates = {name: value for name, value in candidates.items() if not given.names or name in given.names}
    sets = given.sets or sorted(path.stem for path in folder.glob("*.csv"))
    print("| settings | " + " | ".join(sets) + " | mean |", "|---" * (len(sets) + 2) + "|", sep="\n", flush=True)
    for name, settings in candidates.items():
        row = [accuracy(given.programs, folder, one, name, settings, given.seeds) for one in sets]
        print(f"| {name} | " + " | ".join(f"{value:.1f}" for value in row) + f" | {sum(row) / len(row):.2f} |", flush=True)


if __name__ == "__main__":
    main()
