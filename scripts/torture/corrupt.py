#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Damages every kind of file the programs read, and holds what they make of it against what the good file gives.

Each damage ends in one of these: detected (exit code 1 or 2 and one line that names the file), recomputed (reported, and the
results are those of the good file), harmless (the results are those of the good file), warned of, or other content: for formats
without a checksum (WAV samples, CSV and YAML text, weights files of others), where the damaged file is a valid file that
says something else. Anything else is a loss: a crash, a hang, or other results from a file that carries a checksum.
"""

import json
import os
import pathlib
import shutil
import signal
import time

import common
import odd_input

EXAMPLES = """  corrupt.py                               # 12 damages of each kind of file
  corrupt.py --only store --tries 200
  corrupt.py --corpus recordings/ --weights data/yamnet.pt
"""


# ---- kinds of damage: bytes and a generator give other bytes ----

def flip_bit(data, chance):
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1:]


def flip_page_head(data, chance):
    """A bit among the first 32 bytes of a 4,096-byte page, where databases keep their structure."""
    at = min(len(data) - 1, chance.randrange(-(-len(data) // 4096)) * 4096 + chance.randrange(32))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1:]


def block(data, chance, filling):
    at = chance.randrange(len(data))
    return data[:at] + filling[:len(data) - at] + data[at + len(filling):]


def garble(data, chance):
    return block(data, chance, chance.randbytes(chance.randint(1, 64)))


def zero_sector(data, chance):
    return block(data, chance, bytes(512))


def cut(data, chance):
    return data[:chance.randrange(len(data))]


def empty(data, chance):
    return b""


def noise(data, chance):
    return chance.randbytes(len(data))


def append(data, chance):
    return data + chance.randbytes(chance.randint(1, 5000))


DAMAGES = (flip_bit, cut, flip_page_head, garble, zero_sector, flip_bit, noise, cut, empty, append)


class Target:
    """
    One kind of file: `file` is damaged, `run` gives (how the program ended, its results). `reported` is what its log says when
    it computed again; without `checksum` a damaged file may be a valid other one, which the log may give a `warning` of.
    """

    def __init__(self, name, file, run, checksum=True, reported="damaged", restore=None, warning=None):
        self.name, self.file, self.run, self.checksum, self.reported = name, pathlib.Path(file), run, checksum, reported
        self.warning = warning
        self.restore = restore or (lambda: None)


def judge(target, ended, results, good, kind, count):
    where = f"{target.name}, {kind}"
    if ended.hung:
        count.loss(f"{where}: hung")
    elif ended.refused():
        # A store is named by its folder; what a changed label breaks is named by the label.
        named = not target.checksum or any(
            name in ended.err + ended.out for name in (target.file.name, str(target.file.parent)))
        count.expect(named, f"{where}: the error does not name the file: {ended.error_line()}")
        count.add("detected", int(named))
        return "detected"
    elif ended.code != 0:
        count.loss(f"{where}: ended with {ended.code}: {ended.err[-300:]}")
    elif results == good:
        outcome = "recomputed" if target.reported in ended.err else "harmless"
        count.add(outcome)
        return outcome
    elif target.checksum:
        count.loss(f"{where}: other results without a word: {ended.err[-300:]}")
    else:
        outcome = "warned of" if target.warning and target.warning in ended.err else "other content"
        count.add(outcome)
        return outcome
    return "lost"


def torture_target(place, count, target, tries):
    target.restore()
    data = target.file.read_bytes()
    ended, good = target.run()
    if ended.code != 0:
        raise RuntimeError(f"{target.name}: the good file was refused: {ended.err[-1000:]}")
    if target.warning and target.warning in ended.err:
        target.warning = None  # it says nothing when the good file has it too
    tally = {}
    for number in range(tries):
        target.restore()
        damage = DAMAGES[number % len(DAMAGES)]
        damaged = damage(data, place.random)
        if damaged == data:
            continue
        target.file.write_bytes(damaged)
        count.add("tried")
        ended, results = target.run()
        outcome = judge(target, ended, results, good, damage.__name__, count)
        count.tell(f"{target.name} {damage.__name__}: {outcome}: {ended.error_line() or ended.err[-150:]}")
        tally[outcome] = tally.get(outcome, 0) + 1
        target.file.write_bytes(data)
    print(f"{target.name}: {sum(tally.values())} tried: " + ", ".join(f"{n} {what}" for what, n in sorted(tally.items())),
          flush=True)


# ---- the targets ----

def store(place):
    where = place.fresh("store_damage")
    place.good("embedder", "--weights", "yamnet.pt", "--store", "store_damage/good", "--threads", 1, "clips")

    def restore():
        shutil.rmtree(where / "store", ignore_errors=True)
        shutil.copytree(where / "good", where / "store")

    def run():
        shutil.rmtree(where / "npy", ignore_errors=True)
        ended = place.run("embedder", "--weights", "yamnet.pt", "--store", where / "store", "--threads", 1, "--out-npy",
                          where / "npy", "clips")
        return ended, {f.name: common.digest(f) for f in (where / "npy").glob("*")} if ended.code == 0 else None

    restore()
    return Target("store", where / "store/data.mdb", run, restore=restore, reported="damaged")


def classify(place, model, *files):
    ended = place.run("classifier", "--model", model, "--json", *files)
    return ended, ended.out


def weights(place):
    file = place.fresh("weights_damage") / "damaged_network.pt"
    shutil.copy(place.folder / "yamnet.pt", file)
    clip = sorted((place.folder / "clips").iterdir())[0]
    return Target("yamnet.pt", file, lambda: classify(place, file, clip))


def model(place):
    file = place.fresh("model_damage") / "damaged_model.pt"
    shutil.copy(trained_run(place) / "model.pt", file)
    clip = sorted((place.folder / "clips").iterdir())[0]
    return Target("model.pt", file, lambda: classify(place, file, clip))


def train(place, *options, epochs=4, **others):
    return place.run("trainer", "--config", "empty.yaml", *common.training_options(epochs, **others), *options)


def trained_run(place):
    """A finished run, made once."""
    latest = place.folder / "experiments/torture/latest"
    if not latest.exists():
        ended = train(place)
        if ended.code != 0:
            raise RuntimeError(f"trainer ended with {ended.code}: {ended.err[-2000:]}")
    return latest.resolve()


def result(place):
    """result.json, which --skip-finished trusts: what it prints must be true."""
    file = trained_run(place) / "result.json"
    folder = place.folder / "experiments/torture"
    before = set(folder.iterdir())

    def run():
        ended = train(place, "--skip-finished")
        for extra in set(folder.iterdir()) - before:
            shutil.rmtree(extra, ignore_errors=True)
        (folder / "latest").unlink()
        (folder / "latest").symlink_to(file.parent.name)
        # A new training gives the same numbers under another folder name.
        return ended, [line for line in ended.out.splitlines() if line.split()[0] in ("clips", "windows", "epochs", "train")]

    return Target("result.json", file, run, reported="epoch 1/")


def checkpoint(place):
    """An interrupted run; its checkpoint is damaged before it resumes."""
    where = place.folder / "stopped"
    process = place.start("trainer", "--config", "empty.yaml", *common.training_options(4000, run__folder="stopped"))
    while process.poll() is None and not list(where.rglob("checkpoint.pt")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate()
    run_folder = next(where.glob("torture/*/checkpoint.pt")).parent
    keep = place.folder / "stopped_good"
    shutil.copytree(run_folder, keep)

    def restore():
        shutil.rmtree(run_folder)
        shutil.copytree(keep, run_folder)

    def run():
        ended = place.run("trainer", "--resume", run_folder, "--set", "training.epochs=60")
        if ended.code != 0:
            return ended, None
        (where / "torture/latest").unlink()
        return ended, common.digest(run_folder / "test_logits.json")

    return Target("checkpoint.pt", run_folder / "checkpoint.pt", run, restore=restore)


def configuration(place):
    """A configuration as a run stores it and --resume reads it."""
    where = place.fresh("config_damage")
    source = trained_run(place)

    def run():
        ended = place.run("trainer", "--config", where / "damaged.yaml", "--print-config")
        return ended, ended.out

    shutil.copy(source / "config.yaml", where / "damaged.yaml")
    return Target("YAML", where / "damaged.yaml", run, checksum=False)


def rounds(place):
    """A cross-validation that was stopped after its rounds: their results are read again."""
    options = {"protocol__type": "cross_validation", "protocol__folds": "[1, 2, 3]",
               "protocol__final_model": "none", "run__folder": "rounds"}
    ended = train(place, **options)
    if ended.code != 0:
        raise RuntimeError(ended.err)
    run_folder = (place.folder / "rounds/torture/latest").resolve()
    (run_folder / "result.json").unlink()
    keep = place.folder / "rounds_good"
    shutil.copytree(run_folder, keep)
    file = sorted(run_folder.glob("rounds/*/result.json"))[0]

    def restore():
        shutil.rmtree(run_folder)
        shutil.copytree(keep, run_folder)

    def run():
        ended = place.run("trainer", "--resume", run_folder)
        table = run_folder / "folds.csv"
        return ended, table.read_bytes() if ended.code == 0 and table.exists() else None

    return Target("rounds/*/result.json", file, run, restore=restore, reported="epoch 1/")


def clips_csv(place):
    """The list of clips with their classes."""
    file = place.folder / "damaged_list.csv"
    shutil.copy(place.folder / "clips.csv", file)

    def run():
        shutil.rmtree(place.folder / "csv_runs", ignore_errors=True)
        ended = train(place, epochs=1, data__manifest=file.name, run__folder="csv_runs")
        made = list((place.folder / "csv_runs").glob("torture/latest/predictions.csv"))
        return ended, made[0].read_bytes() if ended.code == 0 and made else None

    return Target("CSV", file, run, checksum=False)


def sound(place, name, checksum):
    """A sound file of the corpus' own format, or the mirror's Ogg and FLAC ones."""
    where = place.fresh("sound_damage_" + name.replace(" ", "_"))
    found = sounds_by_suffix(place).get("." + name.lower())
    if found is None:
        return None
    file = where / ("damaged_sound" + found.suffix)
    shutil.copy(found, file)
    network = place.folder / "yamnet.pt"
    return Target(name, file, lambda: classify(place, network, file), checksum=checksum)


def sounds_by_suffix(place):
    files = {f.suffix: f for f in sorted((place.folder / "clips").iterdir())}
    mirror = os.environ.get("SOUNDFOLD_MIRROR")
    for suffix in (".flac", ".ogg", ".mp3"):
        here = sorted((pathlib.Path(mirror) / "esc50/audio").glob("*" + suffix)) if mirror else []
        if here:
            files.setdefault(suffix, here[0])
    if ".mp3" not in files:
        files[".mp3"] = place.folder / "silence.mp3"
        files[".mp3"].write_bytes(odd_input.mp3([128] * 60))
    return files


def imported(place, name, source, options, checksum=False):
    if source is None:
        return None
    where = place.fresh("import_damage_" + name)
    file = where / ("damaged_weights" + source.suffix)
    shutil.copy(source, file)

    def run():
        (where / "out.pt").unlink(missing_ok=True)
        ended = place.run("importer", "--from", file, "--out", where / "out.pt", *options)
        return ended, common.digest(where / "out.pt") if ended.code == 0 else None

    return Target(name, file, run, checksum=checksum, warning="not one of the files that Google publishes")


def archive(place):
    """A zip as fetcher gets it from an address; no checksum is known but the archive's own."""
    where = place.fresh("zip_damage")
    (where / "set/meta").mkdir(parents=True)
    shutil.copytree(place.folder / "clips", where / "set/audio")
    (where / "set/meta/list.csv").write_text(
        "filename\n" + "".join(f.name + "\n" for f in sorted((where / "set/audio").iterdir())))
    shutil.make_archive(str(where / "damaged_set"), "zip", where, "set")
    (where / "assets.yaml").write_text(
        f"assets:\n  - name: one\n    what: an archive\n    url: file://{where}/damaged_set.zip\n    place: one\n"
        "    licence: {name: none, holder: nobody}\n    unpack: {format: zip, strip_components: 1}\n"
        "    complete: {listing: {table: meta/list.csv, column: filename, folder: audio}}\n")

    def run():
        shutil.rmtree(where / "data", ignore_errors=True)
        ended = place.run("fetcher", "--manifest", "assets.yaml", "--data", "data", "one", where=where)
        files = {str(f.relative_to(where)): common.digest(f) for f in (where / "data/one").rglob("*") if f.is_file()}
        if ended.code != 0 and files:
            return common.Ended(0, "", "a damaged archive was put in place"), files
        return ended, files

    return Target("zip", where / "damaged_set.zip", run)


def test_logits(place):
    """What evaluator compares the exported model with; the metrics beside that comparison must stay as they are."""
    run_folder = place.folder / "logits_damage"
    shutil.rmtree(run_folder, ignore_errors=True)
    shutil.copytree(trained_run(place), run_folder)

    def run():
        ended = place.run("evaluator", "--model", run_folder / "model.pt", "--json")
        report = json.loads(ended.out) if ended.code == 0 else {}
        report.pop("difference_to_trainer", None)
        return ended, report

    return Target("test_logits.json", run_folder / "test_logits.json", run)


TARGETS = {
    "store": store, "checkpoint": checkpoint, "yamnet.pt": weights, "model.pt": model, "result.json": result,
    "rounds": rounds, "yaml": configuration, "csv": clips_csv, "zip": archive, "logits": test_logits,
    "wav": lambda place: sound(place, "WAV", False), "flac": lambda place: sound(place, "FLAC", True),
    "ogg": lambda place: sound(place, "Ogg", False), "mp3": lambda place: sound(place, "MP3", False),
    "tflite": lambda place: imported(place, "TFLite", common.tflite_file(), []),
    "safetensors": lambda place: imported(
        place, "safetensors", next(iter(sorted((common.SOURCE / "models").rglob("*.safetensors"))), None), [], checksum=True),
    "hdf5": lambda place: imported(place, "HDF5", common.asset("yamnet/yamnet.h5", "yamnet/yamnet_keras_layout.h5"),
                                   ["--class-map", common.asset("yamnet/yamnet_class_map.csv")]),
}


def torture(place, count):
    common.take_weights(place)
    common.take_corpus(place)
    common.write_config(place)
    for name, make in TARGETS.items():
        if place.arguments.only not in (None, name):
            continue
        target = make(place)
        if target is None:
            print(f"{name}: not tried, no such file available")
        else:
            torture_target(place, count, target, place.arguments.tries)


if __name__ == "__main__":
    options = common.parser(__doc__, EXAMPLES)
    options.add_argument("--tries", type=int, default=12, help="damages of each kind of file (default %(default)s)")
    options.add_argument("--only", choices=list(TARGETS), help="one kind of file alone")
    common.start("corrupt", torture, options)
