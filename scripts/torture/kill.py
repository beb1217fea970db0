#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the programs with signal 9 at random moments and holds the end state against an uninterrupted run's."""

import functools
import http.server
import json
import os
import pathlib
import shutil
import signal
import threading
import time

import common

EXAMPLES = """  kill.py                                  # 200 kills or a few more, on synthesised sounds
  kill.py --only extraction --kills 50
  kill.py --corpus recordings/ --clips 40 --weights data/yamnet.pt
"""


class Killer:
    """Starts a program and kills it at a random moment of its life, or right after it wrote something."""

    def __init__(self, place, count):
        self.place, self.count, self.length_s = place, count, {}

    def snapshot(self, folder):
        """Names, sizes and times of everything below a folder."""
        found = []
        for root, folders, files in os.walk(folder):
            for name in folders + files:
                try:
                    state = os.lstat(os.path.join(root, name))
                    found.append((root, name, state.st_size, state.st_mtime_ns))
                except FileNotFoundError:
                    pass
        return found

    def wait_for_changes(self, process, folder, changes):
        before = self.snapshot(folder)
        while changes > 0 and process.poll() is None:
            now = self.snapshot(folder)
            changes -= now != before
            before = now
            time.sleep(0.001)

    def run(self, key, watched, most_changes, program, *arguments, where, number=signal.SIGKILL, pattern=None):
        """
        One start. True when the signal found the program alive; False when it had ended (then it must have succeeded).
        Half of the moments are drawn evenly from the length of an uninterrupted run, half follow the n-th change of a file in
        `watched`, or the appearance of a file like `pattern`.
        """
        chance = self.place.random
        process = self.place.start(program, *arguments, where=where)
        if pattern:
            while process.poll() is None and not list(pathlib.Path(watched).rglob(pattern)):
                time.sleep(0.001)
            time.sleep(chance.random() * 0.06)
        elif chance.random() < 0.5:
            time.sleep(chance.uniform(0.05, 1.0) * self.length_s.get(key, 1.0))
        else:
            self.wait_for_changes(process, watched, chance.randint(1, most_changes))
            time.sleep(chance.random() * 0.01)
        alive = process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
        ended = common.Ended(process.returncode, out, err)
        if alive and ended.code == 128 + number:
            self.count.add("kills survived" if number == signal.SIGKILL else "signals obeyed")
            return True
        finished = ended.code == 2 and "is a finished run" in ended.err  # killed after its result was written
        self.count.expect(ended.code == 0 or finished, f"{key}: {program} ended with {ended.code}: {ended.err[-600:]}")
        return False

    def timed(self, key, program, *arguments, where):
        """An uninterrupted run, whose length is remembered."""
        start = time.monotonic()
        ended = self.place.good(program, *arguments, where=where)
        self.length_s[key] = time.monotonic() - start
        return ended


def finish(place, count, key, program, *arguments, where):
    """The start after the kills: it must succeed."""
    ended = place.run(program, *arguments, where=where)
    return count.expect(ended.code == 0, f"{key}: the next start ended with {ended.code}: {ended.err[-600:]}")


# ---- fetching ----

class RangeServer(http.server.SimpleHTTPRequestHandler):
    """Serves files slowly and in parts, as a server that downloads can be resumed from."""

    def do_GET(self):
        path = pathlib.Path(self.translate_path(self.path))
        data = path.read_bytes()
        begin = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        if begin >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Accept-Ranges", "bytes")
        if "Range" in self.headers:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        try:
            for at in range(begin, len(data), 1 << 18):
                self.wfile.write(data[at:at + (1 << 18)])
                time.sleep(0.002)
        except OSError:
            pass  # the program was killed

    def log_message(self, *_):
        pass


def write_manifest(place, folder, port):
    """Three assets: a file from the mirror, a folder from the mirror, an archive and a file from the network."""
    mirror = place.fresh("mirror")
    shutil.copy(place.folder / "yamnet.pt", mirror / "weights.bin")
    (mirror / "set/meta").mkdir(parents=True)
    shutil.copytree(place.folder / "clips", mirror / "set/audio")
    names = sorted(os.listdir(mirror / "set/audio"))
    (mirror / "set/meta/list.csv").write_text("filename\n" + "".join(name + "\n" for name in names))
    served = place.fresh("served")
    shutil.make_archive(str(served / "set"), "zip", mirror, "set")
    data = os.urandom(3_000_000)
    (served / "big.bin").write_bytes(data)
    listing = "{listing: {table: meta/list.csv, column: filename, folder: audio}}"
    common_lines = "    licence: {name: none, holder: nobody}\n"
    (folder / "assets.yaml").write_text(
        "assets:\n"
        f"  - name: weights\n    what: a file\n    url: http://127.0.0.1:{port}/none\n{common_lines}    place: weights.bin\n"
        f"    sha256: {common.digest(mirror / 'weights.bin')}\n"
        f"  - name: set\n    what: a folder\n    url: http://127.0.0.1:{port}/none\n{common_lines}    place: set\n"
        "    mirror: [set]\n    unpack: {format: zip, strip_components: 1, max_bytes: 100000000, max_entries: 1000}\n"
        f"    complete: {listing}\n"
        f"  - name: archive\n    what: an archive\n    url: http://127.0.0.1:{port}/set.zip\n{common_lines}"
        "    place: archive\n"
        "    unpack: {format: zip, strip_components: 1, max_bytes: 100000000, max_entries: 1000}\n"
        f"    complete: {listing}\n"
        f"  - name: big\n    what: a download\n    url: http://127.0.0.1:{port}/big.bin\n{common_lines}    place: big.bin\n"
        f"    sha256: {common.digest(served / 'big.bin')}\n")


def fetched_files(folder):
    """Name -> digest of everything under a final name (not hidden)."""
    files = {}
    for file in sorted(folder.rglob("*")):
        relative = file.relative_to(folder)
        if file.is_file() and not any(part.startswith(".") for part in relative.parts):
            files[str(relative)] = common.digest(file)
    return files


def fetching(place, count, killer, kills):
    where = place.fresh("fetching")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(RangeServer, directory=str(place.folder / "served")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    write_manifest(place, where, server.server_address[1])
    arguments = ["--manifest", "assets.yaml", "--mirror", place.folder / "mirror", "--data", "data", "weights", "set",
                 "archive", "big"]
    killer.timed("fetching", "fetcher", *arguments, where=where)
    whole = fetched_files(where / "data")
    done = 0
    while done < kills:
        shutil.rmtree(where / "data", ignore_errors=True)
        for _ in range(3):
            if not killer.run("fetching", where, 40, "fetcher", *arguments, where=where):
                break
            done += 1
            present = fetched_files(where / "data") if (where / "data").exists() else {}
            # A set is put in place as a whole; every file under a final name must be the whole file.
            count.expect(all(whole.get(name) == value for name, value in present.items()),
                         "fetching: a half-written file under a final name")
        finish(place, count, "fetching", "fetcher", *arguments, where=where)
        count.expect(fetched_files(where / "data") == whole, "fetching: other files than an uninterrupted run's")
        hidden = [str(f) for f in (where / "data").rglob(".*") if f.name != ".fetched" and ".fetched" not in f.parts]
        count.expect(not hidden, f"fetching: left behind: {hidden[:3]}")
    server.shutdown()


# ---- import ----

def importing(place, count, killer, kills):
    source = common.tflite_file()
    if source is None:
        print("import: not tried, no TFLite weights in data/ or SOUNDFOLD_MIRROR")
        return
    where = place.fresh("import")
    arguments = ["--from", source, "--out", "yamnet.pt"]
    killer.timed("import", "importer", *arguments, where=where)
    whole = common.digest(where / "yamnet.pt")
    done = 0
    while done < kills:
        shutil.rmtree(where)
        where.mkdir()
        for _ in range(3):
            # The second start of a finished import is up to date: --force makes it write again.
            if not killer.run("import", where, 4, "importer", "--force", *arguments, where=where):
                break
            done += 1
            count.expect(not (where / "yamnet.pt").exists() or common.digest(where / "yamnet.pt") == whole,
                         "import: a half-written yamnet.pt")
        finish(place, count, "import", "importer", "--force", *arguments, where=where)
        count.expect(common.digest(where / "yamnet.pt") == whole, "import: other bytes than an uninterrupted run's")
        count.expect(os.listdir(where) == ["yamnet.pt"], f"import: left behind: {sorted(os.listdir(where))}")


# ---- extraction ----

def embed(store, npy=None):
    return ["--weights", "../yamnet.pt", "--store", store, "--threads", 1] + (["--out-npy", npy] if npy else [])


def extraction(place, count, killer, kills):
    where = place.fresh("extraction")
    clips = place.folder / "clips"
    place.good("embedder", *embed("reference", "npy"), clips, where=where)
    done = 0
    while done < kills:
        shutil.rmtree(where / "store", ignore_errors=True)
        shutil.rmtree(where / "again", ignore_errors=True)
        killer.timed("extraction", "embedder", *embed("timing"), clips, where=where)
        shutil.rmtree(where / "timing")
        for _ in range(4):
            if not killer.run("extraction", where, 6, "embedder", *embed("store"), clips, where=where):
                break
            done += 1
        if not finish(place, count, "extraction", "embedder", *embed("store", "again"), "--json", clips, where=where):
            continue
        report = json.loads(place.good("embedder", *embed("store"), "--json", clips, where=where).out)
        count.expect(report["computed"] == 0 and report["recomputed_damaged"] == 0, "extraction: a damaged record")
        gap, unequal = common.largest_difference(where / "npy", where / "again")
        count.expect(gap <= common.TOLERANCE, f"extraction: embeddings differ by {gap}")
        count.add("embedding files not byte-equal", unequal)


# ---- merging and pruning stores ----

def embedded_stores(place, where, hops):
    """A store for each hop, made by embedder, and how many clips each holds."""
    clips = place.folder / "clips"
    for hop in hops:
        place.good("embedder", *embed(f"hop{hop}"), "--patch-hop-frames", hop, clips, where=where)
    return len(list(clips.iterdir()))


def records_of(place, store, where):
    """Records of an intact store; None when it is damaged."""
    if place.run("store", "verify", store, where=where).code != 0:
        return None
    return json.loads(place.good("store", "info", store, "--json", where=where).out)["records"]


def merging(place, count, killer, kills):
    """Of overlapping stores: what a killed merge leaves is intact and grows, and the next start completes it."""
    where = place.fresh("merging")
    number = embedded_stores(place, where, (1, 2, 3, 4))
    place.good("store", "merge", "both", "hop1", "hop2", where=where)
    merge = ["--quiet", "merge", "out", "both", "hop2", "hop3", "hop4"]
    killer.timed("merge", "store", *merge, where=where)
    done = 0
    while done < kills:
        shutil.rmtree(where / "out")
        before = 0
        for _ in range(4):
            if not killer.run("merge", where, 6, "store", *merge, where=where):
                break
            done += 1
            if (where / "out/data.mdb").exists() and (where / "out/data.mdb").stat().st_size > 0:
                records = records_of(place, "out", where)
                if count.expect(records is not None and records >= before, f"merge: {records} records after {before}"):
                    before = records
        finish(place, count, "merge", "store", *merge, where=where)
        count.expect(records_of(place, "out", where) == 4 * number, "merge: not all records, or a damaged one")
        for hop in (1, 4):
            again = place.good("embedder", *embed("out"), "--patch-hop-frames", hop, "--json", place.folder / "clips",
                               where=where)
            count.expect(json.loads(again.out)["computed"] == 0, "merge: a clip was embedded again")


def pruning(place, count, killer, kills):
    """A killed prune leaves the store as it was or as it will be."""
    where = place.fresh("pruning")
    number = embedded_stores(place, where, (1, 2, 3))
    place.good("store", "merge", "whole", "hop1", "hop2", "hop3", where=where)
    prune = ["--quiet", "prune", "store", "--keep-recipe", "patch_hop_frames=1", "--damaged"]
    shutil.copytree(where / "whole", where / "store")
    killer.timed("prune", "store", *prune, where=where)
    done = 0
    while done < kills:
        shutil.rmtree(where / "store")
        shutil.copytree(where / "whole", where / "store")
        for _ in range(2):
            if not killer.run("prune", where, 6, "store", *prune, where=where):
                break
            done += 1
            records = records_of(place, "store", where)
            count.expect(records in (number, 3 * number), f"prune: {records} records")
            if records == number:
                break
        if records_of(place, "store", where) != number:
            finish(place, count, "prune", "store", *prune, where=where)
        finish(place, count, "prune", "store", "prune", "store", where=where)  # takes away what was left behind
        count.expect(records_of(place, "store", where) == number, "prune: other records than those to keep")
        left = sorted(f.name for f in (where / "store").iterdir())
        count.expect(left == ["data.mdb", "lock.mdb"], f"prune: left behind: {left}")


# ---- training, export, cross-validation ----

def runs_of(where):
    folder = where / "experiments/torture"
    return sorted(f for f in folder.iterdir() if f.is_dir() and not f.is_symlink()) if folder.exists() else []


def next_start(where, first):
    """The program's arguments: resume the newest run that can be, or begin."""
    for run in reversed(runs_of(where)):
        if (run / "config.yaml").exists():
            return ["--resume", run.relative_to(where)]
    return first


def finish_run(place, count, key, first, where, program="trainer"):
    """The next start: it completes, or says that the run was finished when it was killed."""
    ended = place.run(program, *next_start(where, first), where=where)
    reported = ended.code == 2 and "is a finished run" in ended.err
    count.expect(ended.code == 0 or reported, f"{key}: the next start ended with {ended.code}: {ended.err[-600:]}")


RESULTS = ("model.pt", "test_logits.json", "predictions.csv", "student.pt", "sweep.csv")


def results_of(run):
    """Digests of all that a finished run gives and that does not hold times."""
    names = [name for name in RESULTS if (run / name).exists()]
    names += sorted(str(f.relative_to(run)) for f in run.glob("rounds/*/*") if f.name in RESULTS)
    return {name: common.digest(run / name) for name in names}


def prepare_training(place, name):
    where = place.fresh(name)
    for link in ("clips", "clips.csv", "yamnet.pt"):
        (where / link).symlink_to(place.folder / link)
    place.good("embedder", "--weights", "yamnet.pt", "--store", "store", "--threads", 1, "clips/", where=where)
    return where


def training_series(place, count, killer, key, kills, first, pattern=None, most_changes=60, program="trainer"):
    """Kills and resumes the program until it finishes, again and again, until `kills` have been given."""
    where = prepare_training(place, key)
    killer.timed(key, program, *first, where=where)
    whole = results_of(runs_of(where)[-1])
    count.expect("student.pt" in whole or len(whole) >= 2, f"{key}: the uninterrupted run left no results")
    done = 0
    while done < kills:
        shutil.rmtree(where / "experiments")
        for _ in range(5):
            if not killer.run(key, where / "experiments", most_changes, program, *next_start(where, first), where=where,
                              pattern=pattern):
                break
            done += 1
            for name in ("model.pt", "student.pt"):
                for model in (where / "experiments").rglob(name):
                    count.expect(common.digest(model) == whole.get(name), f"{key}: a half-written {name}")
        if not (where / "experiments/torture/latest").exists():
            finish_run(place, count, key, first, where, program)
        latest = where / "experiments/torture/latest"
        if count.expect(latest.exists(), f"{key}: no finished run after all"):
            count.expect(results_of(latest.resolve()) == whole, f"{key}: other weights or results than an uninterrupted run's")
        left = [f.name for f in (where / "experiments").rglob(".*")]
        count.expect(not left, f"{key}: left behind: {left[:3]}")


def trainer_arguments(epochs, **others):
    return ["--config", "../empty.yaml", *common.training_options(epochs, **others)]


def training(place, count, killer, kills):
    training_series(place, count, killer, "training", kills, trainer_arguments(60))


def exporting(place, count, killer, kills):
    """Right after the exporter's temporary file appears, until the run's folder is finished."""
    training_series(place, count, killer, "export", kills, trainer_arguments(2), pattern=".model.pt*")


def rounds(place, count, killer, kills):
    first = trainer_arguments(8, protocol__type="cross_validation", protocol__folds="[1, 2, 3]",
                              protocol__final_model="none")
    training_series(place, count, killer, "rounds", kills, first)


def fresh(place, count, killer, kills):
    """Clips augmented in every epoch."""
    first = trainer_arguments(20, augmentation__fresh_share=0.5, augmentation__gain_db=6, augmentation__shift_s=0.2)
    training_series(place, count, killer, "fresh", kills, first)


def sweep(place, count, killer, kills):
    values = "sweep:\n  values:\n    head.dropout: [0, 0.2]\n    optimizer.learning_rate: [0.001, 0.01]\n"
    (place.folder / "sweep.yaml").write_text("seed: 3\n" + values)
    first = ["--config", "../sweep.yaml", *common.training_options(10)]
    training_series(place, count, killer, "sweep", kills, first)


def finetuning(place, count, killer, kills):
    training_series(place, count, killer, "finetuning", kills, trainer_arguments(8, backbone__train="last_blocks"))


def distillation(place, count, killer, kills):
    first = trainer_arguments(6, student__width=0.1, distillation__crops=60,
                              distillation__validation_share=0.3, distillation__validation_crops=16)
    training_series(place, count, killer, "distillation", kills, first, program="distiller")


# ---- polite signals ----

def signals(place, count, killer, kills):
    """SIGINT and SIGTERM: exit codes 130 and 143, and the same command resumes to the same end."""
    where = prepare_training(place, "signals")
    first = trainer_arguments(60)
    killer.timed("signals", "trainer", *first, where=where)
    whole = results_of(runs_of(where)[-1])
    for number in (signal.SIGINT, signal.SIGTERM):
        shutil.rmtree(where / "experiments")
        for _ in range(kills):
            if not killer.run("signals", where / "experiments", 40, "trainer", *next_start(where, first), where=where,
                              number=number):
                break
        if not (where / "experiments/torture/latest").exists():
            finish_run(place, count, "signals", first, where)
        count.expect(results_of((where / "experiments/torture/latest").resolve()) == whole, "signals: other results")
        for _ in range(kills):
            killer.length_s["signals"] = 0.8
            shutil.rmtree(where / "store2", ignore_errors=True)
            killer.run("signals", where, 4, "embedder", *embed("store2"), place.folder / "clips", where=where, number=number)
        finish(place, count, "signals", "embedder", *embed("store2"), place.folder / "clips", where=where)


SERIES = {"fetching": (fetching, 0.15), "import": (importing, 0.1), "extraction": (extraction, 0.2),
          "merge": (merging, 0.08), "prune": (pruning, 0.08),
          "training": (training, 0.2), "export": (exporting, 0.1), "rounds": (rounds, 0.05), "sweep": (sweep, 0.05),
          "fresh": (fresh, 0.05), "finetuning": (finetuning, 0.05), "distillation": (distillation, 0.05)}


def torture(place, count):
    common.take_weights(place)
    common.take_corpus(place)
    common.write_config(place)
    killer = Killer(place, count)
    for name, (series, share) in SERIES.items():
        if place.arguments.only in (None, name):
            start = time.monotonic()
            before = count.numbers.get("kills survived", 0)
            kills = place.arguments.kills if place.arguments.only else max(1, round(place.arguments.kills * share))
            series(place, count, killer, kills)
            print(f"{name}: {count.numbers.get('kills survived', 0) - before} kills in {time.monotonic() - start:.0f} s",
                  flush=True)
    if place.arguments.only in (None, "signals"):
        signals(place, count, killer, place.arguments.signals)


if __name__ == "__main__":
    options = common.parser(__doc__, EXAMPLES)
    options.add_argument("--kills", type=int, default=200, help="kills over all (default %(default)s)")
    options.add_argument("--signals", type=int, default=6, help="SIGINTs and SIGTERMs per program (default %(default)s)")
    options.add_argument("--only", choices=[*SERIES, "signals"], help="one series alone")
    common.start("kill", torture, options)
