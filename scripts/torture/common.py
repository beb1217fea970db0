# SPDX-License-Identifier: Apache-2.0
"""What the torture programs share: options, a corpus, running the programs, comparing results, counting."""

import argparse
import csv
import hashlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SOUNDS = {".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".au", ".caf", ".opus"}
SKIPPED = 77  # exit code that says: nothing could be tried here
TOLERANCE = 1e-5  # between embeddings of the same clip in batches of other make-up (docs/yamnet.md)


def parser(description, examples):
    """The options every torture program has."""
    options = argparse.ArgumentParser(
        description=description, epilog="examples:\n" + examples, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bin", default=SOURCE / "build/release/bin", help="folder of the programs")
    options.add_argument("--weights", help="yamnet.pt; without it data/yamnet.pt, or made from the mirror's TFLite file")
    options.add_argument("--corpus", help="folder of sound files to use; without it sounds are synthesised")
    options.add_argument("--clips", type=int, default=24, help="clips to use (default %(default)s)")
    options.add_argument("--seed", type=int, default=1, help="of all that is random (default %(default)s)")
    options.add_argument("--work", help="folder to work in, kept afterwards; without it a temporary one")
    options.add_argument("--verbose", action="store_true", help="tell every step")
    return options


class Skip(Exception):
    """Nothing can be tried here, and why."""


class Ended:
    """How a program ended: code as a shell gives it (128 + signal), output, and whether it had to be stopped."""

    def __init__(self, code, out, err, hung=False):
        self.code = 128 - code if code < 0 else code
        self.out, self.err, self.hung = out, err, hung

    def error_line(self):
        """The line a program ends with when it refuses, or ''."""
        lines = [line for line in self.err.splitlines() if re.match(r"\w+: error: ", line)]
        return lines[-1] if lines else ""

    def refused(self):
        """Ended as the programs promise: code 1 or 2 and one line that says why."""
        return self.code in (1, 2) and self.error_line() != "" and not self.hung


class Workplace:
    """A folder with weights and a corpus, and the programs run in it."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.temporary = None if arguments.work else tempfile.TemporaryDirectory(prefix="soundfold_torture_")
        self.folder = pathlib.Path(arguments.work or self.temporary.name).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.bin = pathlib.Path(arguments.bin).resolve()
        for program in ("trainer", "distiller", "embedder", "importer", "fetcher", "synthesizer", "classifier", "evaluator",
                        "store"):
            if not (self.bin / program).exists():
                raise Skip(f"{self.bin / program} is not built; run make build, or give --bin")
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.environment.pop("SOUNDFOLD_MIRROR", None)

    def command(self, program, *arguments):
        return [str(self.bin / program), *map(str, arguments)]

    def run(self, program, *arguments, where=None, timeout_s=120, before=None):
        """Runs a program in `where` (default: the work folder) to its end, or to `timeout_s`."""
        process = self.start(program, *arguments, where=where, before=before)
        try:
            out, err = process.communicate(timeout=timeout_s)
            return Ended(process.returncode, out, err)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            return Ended(process.returncode, out, err, hung=True)

    def start(self, program, *arguments, where=None, before=None):
        return subprocess.Popen(
            self.command(program, *arguments), cwd=where or self.folder, env=self.environment, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=before)

    def good(self, program, *arguments, **options):
        """Runs what must succeed."""
        ended = self.run(program, *arguments, **options)
        if ended.code != 0:
            raise RuntimeError(f"{program} {' '.join(map(str, arguments))} ended with {ended.code}: {ended.err[-2000:]}")
        return ended

    def fresh(self, name):
        """An empty folder of that name in the work folder."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def asset(*names):
    """The first of the named files in data/ or the mirror, or None."""
    roots = [SOURCE / "data"] + [pathlib.Path(m) for m in [os.environ.get("SOUNDFOLD_MIRROR")] if m]
    found = [root / name for name in names for root in roots if (root / name).exists()]
    return found[0] if found else None


def tflite_file():
    return asset("yamnet/yamnet_classification_int8.tflite")


def take_weights(place):
    """Puts yamnet.pt into the work folder: the one given, data/yamnet.pt, or an import of the mirror's weights."""
    target = place.folder / "yamnet.pt"
    given = place.arguments.weights or asset("yamnet.pt")
    if target.exists():
        pass
    elif given:
        shutil.copy(given, target)
    elif tflite_file():
        place.good("importer", "--from", tflite_file(), "--out", target)
    else:
        raise Skip("no weights: give --weights yamnet.pt, run make dogcat first, or set SOUNDFOLD_MIRROR")
    return target


def synthesise(place, clips):
    """[(file, label)] of made-up barks and meows of 1.2 s."""
    folder = place.folder / "synthetic"
    place.good("synthesizer", "--out", folder, "--kinds", "dog,cat", "--clips-per-fold", max(1, -(-clips // 10)), "--takes", 1,
               "--seconds", 1.2, "--seed", place.arguments.seed)
    with open(folder / "meta/esc50.csv", newline="") as file:
        return [(folder / "audio" / row["filename"], row["category"]) for row in csv.DictReader(file)][:clips]


def take_corpus(place):
    """
    Copies `--clips` sounds to clips/ and lists them in clips.csv with two classes and three folds. A corpus of one's own
    gets made-up classes: the torture asks whether results repeat, not whether they are good.
    """
    wanted = place.arguments.clips
    if place.arguments.corpus:
        files = sorted(f for f in pathlib.Path(place.arguments.corpus).rglob("*") if f.suffix.lower() in SOUNDS)
        if len(files) < 6:
            raise Skip(f"{place.arguments.corpus} holds {len(files)} sound files; at least 6 are needed")
        chosen = sorted(place.random.sample(files, min(wanted, len(files))))
        clips = [(file, "ab"[number % 2]) for number, file in enumerate(chosen)]
    else:
        clips = synthesise(place, wanted)
    folder = place.fresh("clips")
    rows, seen = [], {}
    for number, (file, label) in enumerate(clips):
        name = f"{number:03d}{file.suffix}"
        shutil.copy(file, folder / name)
        os.utime(folder / name, (1_600_000_000, 1_600_000_000))  # old enough for its digest to be remembered
        seen[label] = seen.get(label, -1) + 1
        rows.append([name, label, 1 + seen[label] % 3])
    with open(place.folder / "clips.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["path", "label", "fold"], *rows])
    return folder


def training_options(epochs, **others):
    """Arguments of trainer (of distiller, with its keys) for the corpus: one thread, fold 1 to train on, 2 to validate, 3 to test."""
    keys = {"name": "torture", "data.layout": "csv", "data.manifest": "clips.csv", "data.root": "clips",
            "folds.train": "[1]", "folds.validation": "[2]", "folds.test": "[3]", "backbone.weights": "yamnet.pt",
            "store.folder": "store", "training.epochs": epochs, "training.batch_size": 4, "head.hidden": "[64]",
            "early_stopping.enabled": "false"}
    keys.update({key.replace("__", "."): value for key, value in others.items()})
    if "protocol.type" in keys:  # keys without effect are refused
        keys = {key: value for key, value in keys.items() if not key.startswith("folds.")}
    if any(key.startswith("distillation.") for key in keys):  # for distiller, which refuses trainer's keys
        keys = {key: value for key, value in keys.items()
                if not key.startswith(("folds.", "head.", "store.", "early_stopping."))}
    return ["--threads", 1] + [part for key, value in keys.items() for part in ("--set", f"{key}={value}")]


def write_config(place):
    """An empty experiment: every key comes from the command line."""
    (place.folder / "empty.yaml").write_text("seed: 3\n")
    return place.folder / "empty.yaml"


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def read_floats(path):
    """The values of a float32 .npy file as an array."""
    import array
    data = pathlib.Path(path).read_bytes()
    values = array.array("f")
    values.frombytes(data[10 + int.from_bytes(data[8:10], "little"):])
    return values


def largest_difference(folder, other):
    """(largest difference, files not byte-equal) between two folders of .npy files; inf when files are missing."""
    names = sorted(f.name for f in folder.iterdir())
    if names != sorted(f.name for f in other.iterdir()) or not names:
        return float("inf"), len(names)
    largest, unequal = 0.0, 0
    for name in names:
        if (folder / name).read_bytes() == (other / name).read_bytes():
            continue
        unequal += 1
        a, b = read_floats(folder / name), read_floats(other / name)
        gap = max((abs(x - y) for x, y in zip(a, b)), default=0.0) if len(a) == len(b) else float("inf")
        largest = gap if not gap <= largest else largest  # a NaN stays
    return largest, unequal


class Count:
    """What was tried, what came of it, and what must never happen: losses."""

    def __init__(self, arguments):
        self.numbers, self.losses, self.verbose = {}, [], arguments.verbose

    def add(self, what, number=1):
        self.numbers[what] = self.numbers.get(what, 0) + number

    def loss(self, text):
        self.losses.append(text)
        print("LOSS: " + text, flush=True)

    def expect(self, fact, text):
        """Counts a loss described by `text` unless `fact` holds; gives `fact`."""
        if not fact:
            self.loss(text)
        return bool(fact)

    def tell(self, text):
        if self.verbose:
            print(text, flush=True)


def main(name, body, arguments):
    """Runs `body(place, count)` and ends with one line of counts; the exit code is 1 when anything was lost."""
    count = Count(arguments)
    try:
        place = Workplace(arguments)
        body(place, count)
    except Skip as reason:
        print(f"torture {name}: skipped: {reason}")
        return SKIPPED
    numbers = [f"{number} {what}" for what, number in count.numbers.items()] + [f"{len(count.losses)} losses"]
    print(f"torture {name}: " + ", ".join(numbers), flush=True)
    return 1 if count.losses else 0


def start(name, body, options):
    sys.exit(main(name, body, options.parse_args()))
