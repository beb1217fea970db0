#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Takes away disk space, permission and folders, and looks that each program says so, damages nothing and resumes later.
The full disk is a small tmpfs, which only root may mount; without it that part is skipped and said to be.
"""

import os
import resource
import shutil
import subprocess

import common

EXAMPLES = """  sudo space.py                            # with the full disk
  space.py --corpus recordings/            # without root: file-size limit, read-only and missing folders
"""
NOBODY = 65534


def embed(store, *more):
    return ["--weights", "yamnet.pt", "--store", store, "--threads", 1, *more]


def train(place, folder, *more, **options):
    return place.run("trainer", "--config", "empty.yaml",
                     *common.training_options(6, run__folder=f"{folder}/experiments", store__folder=f"{folder}/store"), *more,
                     **options)


def jobs(place, folder):
    """Every program that writes: (name, start)."""
    made = {
        "embedder": lambda **o: place.run("embedder", *embed(f"{folder}/store"), "clips", **o),
        "embedder --out-npy": lambda **o: place.run("embedder", *embed("warm", "--out-npy", f"{folder}/npy"), "clips", **o),
        "trainer": lambda **o: train(place, folder, **o),
        "fetcher": lambda **o: place.run("fetcher", "--manifest", "assets.yaml", "--mirror", "mirror", "--data",
                                         f"{folder}/data", "one", **o),
        "synthesizer": lambda **o: place.run("synthesizer", "--out", f"{folder}/made", "--clips-per-fold", 2, "--seconds", 2,
                                             **o),
        "store merge": lambda **o: place.run("store", "merge", f"{folder}/merged", "warm", **o),
        "evaluator --csv": lambda **o: place.run("evaluator", "--model", "model.pt", "--csv", f"{folder}/predictions.csv",
                                                 **o),
    }
    if common.tflite_file():
        made["importer"] = lambda **o: place.run("importer", "--from", common.tflite_file(), "--out",
                                                 f"{folder}/yamnet.pt", **o)
    return made


def expect_refused(ended, count, what):
    count.add("shortages tried")
    if count.expect(ended.refused(), f"{what}: ended with {ended.code}: {ended.err[-400:]}"):
        count.add("refused with a clear line")
        count.tell(f"{what}: {ended.error_line()}")


def expect_done(ended, count, what):
    if count.expect(ended.code == 0, f"{what}: with room again it ended with {ended.code}: {ended.err[-600:]}"):
        count.add("completed afterwards")


def half_written(folder):
    """Files under a final name that a shortage truncated: none may be, the store's own aside."""
    return [str(f) for f in folder.rglob("*.pt") if f.stat().st_size < 1000] if folder.exists() else []


def full_disk(place, count):
    """Each program on a tmpfs that has less room than it needs, then with room."""
    disk = place.fresh("disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, text=True)
    if mounted.returncode != 0:
        print("full disk: skipped, cannot mount a tmpfs: " + mounted.stderr.strip())
        return
    try:
        for name, start in jobs(place, "disk").items():
            for size in (16, 64, 200) if name != "evaluator --csv" else (4,):
                remount(disk, f"{size}k")
                filler(disk, size) if name == "evaluator --csv" else None
                expect_refused(start(), count, f"full disk of {size} kB, {name}")
                count.expect(not half_written(disk), f"full disk, {name}: half-written {half_written(disk)}")
            remount(disk, "400m")
            (disk / "filler").unlink(missing_ok=True)
            expect_done(start(), count, f"full disk, {name}")
            for entry in disk.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def remount(disk, size):
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def filler(disk, size_kb):
    (disk / "filler").write_bytes(bytes(size_kb * 1024))


def file_size_limit(place, count):
    """ulimit -f: an error like a full disk's, nothing half-written, and without the limit the same command resumes."""
    folder = place.fresh("limited")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    for name, start in jobs(place, "limited").items():
        if name in ("evaluator --csv", "embedder --out-npy"):  # what they write is smaller
            continue
        expect_refused(start(before=limit), count, f"file-size limit, {name}")
        count.expect(not half_written(folder), f"file-size limit, {name}: half-written {half_written(folder)}")
        expect_done(start(), count, f"file-size limit, {name}")


def read_only(place, count):
    """Folders that may not be written; root may write everywhere, so as nobody."""
    folder = place.fresh("read_only")
    folder.chmod(0o555)
    as_root = os.geteuid() == 0
    if as_root:
        place.folder.chmod(0o755)  # nobody must get into the work folder

    def become_nobody():
        os.setgid(NOBODY)
        os.setuid(NOBODY)

    before = become_nobody if as_root else None
    for name, start in jobs(place, "read_only").items():
        expect_refused(start(before=before), count, f"read-only folder, {name}")
    count.expect(not list(folder.iterdir()), "read-only folder: something was written")
    folder.chmod(0o755)


def missing(place, count):
    """Inputs that are not there, and outputs below a file."""
    (place.folder / "a_file").write_text("in the way")
    for name, start in jobs(place, "a_file").items():
        expect_refused(start(), count, f"a file in the way, {name}")
    gone = {"weights": ["--set", "backbone.weights=gone.pt"], "data": ["--set", "data.root=gone"],
            "CSV": ["--set", "data.manifest=gone.csv"]}
    for what, options in gone.items():
        expect_refused(train(place, "gone", *options), count, f"missing {what}")
    expect_refused(place.run("embedder", *embed("gone_store"), "gone"), count, "missing clips")


def prune_without_room(place, count):
    """A prune that cannot write its new file leaves the store as it was."""
    store = place.folder / "unpruned"
    shutil.copytree(place.folder / "warm", store)
    whole = common.digest(store / "data.mdb")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    expect_refused(place.run("store", "prune", store, before=limit), count, "file-size limit, store prune")
    count.expect(common.digest(store / "data.mdb") == whole, "file-size limit, store prune: another file")
    expect_done(place.run("store", "prune", store), count, "file-size limit, store prune")
    expect_done(place.run("store", "verify", store), count, "file-size limit, store prune: verified")
    left = sorted(f.name for f in store.iterdir())
    count.expect(left == ["data.mdb", "lock.mdb"], f"store prune: left behind: {left}")


def deleted_under_way(place, count):
    """The clips' folder disappears while it is read: named, and complete when it is back."""
    clips = place.folder / "moving"
    shutil.copytree(place.folder / "clips", clips)
    process = place.start("embedder", *embed("moved_store"), "moving")
    while process.poll() is None and not (place.folder / "moved_store/data.mdb").exists():
        pass
    shutil.rmtree(clips)
    out, err = process.communicate(timeout=60)
    ended = common.Ended(process.returncode, out, err)
    count.add("shortages tried")
    if count.expect(ended.code == 0 or ended.refused(), f"folder deleted under way: {ended.code}: {err[-400:]}"):
        count.add("refused with a clear line" if ended.code else "had read everything before")
    shutil.copytree(place.folder / "clips", clips)
    expect_done(place.run("embedder", *embed("moved_store"), "moving"), count, "folder back")


def prepare(place):
    common.take_weights(place)
    common.take_corpus(place)
    common.write_config(place)
    place.good("embedder", *embed("warm"), "clips")
    ended = train(place, "prepared")
    if ended.code != 0:
        raise RuntimeError(ended.err)
    shutil.copy(place.folder / "prepared/experiments/torture/latest/model.pt", place.folder / "model.pt")
    mirror = place.fresh("mirror")
    (mirror / "one.bin").write_bytes(place.random.randbytes(900_000))
    (place.folder / "assets.yaml").write_text(
        "assets:\n  - name: one\n    what: a file\n    url: file:///nowhere/one.bin\n    place: one.bin\n"
        f"    sha256: {common.digest(mirror / 'one.bin')}\n    licence: {{name: none, holder: nobody}}\n")


def torture(place, count):
    prepare(place)
    for part in (full_disk, file_size_limit, read_only, missing, prune_without_room, deleted_under_way):
        part(place, count)


if __name__ == "__main__":
    common.start("space", torture, common.parser(__doc__, EXAMPLES))
