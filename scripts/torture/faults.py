#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Makes a system call fail in each start of a program: a write that finds the disk full, an fsync with an I/O error, a file
that cannot be opened, no memory, no thread; some fail from then on. The program must refuse with one line, or end with the
results of an uninterrupted run; the same command without a fault must then complete, with the same results. Needs strace, which
injects the faults.
"""

import collections
import json
import os
import re
import shutil
import subprocess

import common
import odd_input

EXAMPLES = """  faults.py                                # 160 faults over all programs, on synthesised sounds
  faults.py --only trainer --faults 200 --verbose
  faults.py --corpus recordings/ --weights data/yamnet.pt
"""

# Kind of fault -> (system calls, errors they may fail with).
FAULTS = {
    "write": ("write,pwrite64,writev,pwritev", ("ENOSPC", "EIO")),
    "read": ("read,pread64", ("EIO",)),
    "open": ("openat", ("EMFILE", "EACCES")),
    "sync": ("fsync,fdatasync,msync", ("EIO",)),
    "grow": ("ftruncate,fallocate", ("ENOSPC",)),
    "name": ("rename,renameat,renameat2,symlink,symlinkat", ("ENOSPC", "EIO")),
    "folder": ("mkdir,mkdirat", ("ENOSPC",)),
    "remove": ("unlink,unlinkat,rmdir", ("EIO",)),
    "map": ("mmap", ("ENOMEM",)),
    "thread": ("clone,clone3", ("EAGAIN",)),
}
LASTING = ("read", "sync", "grow", "name")  # may also fail from some call on, as with a broken disk
CALL = re.compile(r"^(\d+) +(\w+)\((?:AT_FDCWD<[^>]*>, )?(.*)$")  # thread, name, arguments without the working folder


class Scenario:
    """A command that writes below the folder `out`, filled by `begin` before, and the digests of what it leaves there."""

    def __init__(self, place, name, arguments, out, results, begin=lambda: None):
        self.place, self.out, self.results, self.begin = place, place.folder / out, results, begin
        self.program, self.arguments, self.name = name.split()[0], arguments, name
        self.said = ""  # on standard output, by the last run

    def run(self, *strace):
        command = [*strace, *self.place.command(self.program, *self.arguments)]
        try:
            process = subprocess.run(
                command, cwd=self.place.folder, env=self.place.environment, text=True, errors="replace", timeout=60,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        except subprocess.TimeoutExpired as late:
            return common.Ended(137, "", str(late.stderr), hung=True)
        self.said = process.stdout
        return common.Ended(process.returncode, process.stdout, process.stderr)

    def clear(self):
        shutil.rmtree(self.out, ignore_errors=True)
        self.begin()


def files_of(folder):
    return {str(f.relative_to(folder)): common.digest(f) for f in sorted(folder.rglob("*")) if f.is_file()}


def result_of_training(folder):
    latest = folder / "experiments/torture/latest"
    return {name: common.digest(latest / name) for name in ("model.pt", "test_logits.json", "predictions.csv")}


def result_of_store(place, store):
    """Of an intact store."""
    verified = place.good("store", "verify", store).out
    return verified, json.loads(place.good("store", "info", "--json", store).out)["records"]


def scenarios(place):
    """Every program that writes, and what it leaves."""
    embed = ["--weights", "yamnet.pt", "--threads", 1, "--quiet"]
    train = ["--quiet", "--config", "empty.yaml"]
    made = [
        Scenario(place, "embedder", [*embed, "--store", "embedded/store", "--out-npy", "embedded/npy", "clips"], "embedded",
                 lambda: files_of(place.folder / "embedded/npy")),
        Scenario(place, "trainer", [*train, *common.training_options(6, run__folder="trained/experiments")], "trained",
                 lambda: result_of_training(place.folder / "trained")),
        Scenario(place, "trainer (with its embeddings)",
                 [*train, *common.training_options(2, run__folder="cold/experiments", store__folder="cold/store")], "cold",
                 lambda: result_of_training(place.folder / "cold")),
        Scenario(place, "fetcher", ["--manifest", "assets.yaml", "--mirror", "mirror", "--data", "fetched", "one", "set"],
                 "fetched", lambda: {n: d for n, d in files_of(place.folder / "fetched").items() if "fetched" not in n}),
        Scenario(place, "synthesizer", ["--quiet", "--out", "made", "--kinds", "dog,cat", "--clips-per-fold", 1, "--seconds", 1],
                 "made", lambda: files_of(place.folder / "made")),
        Scenario(place, "evaluator", ["--quiet", "--model", "model.pt", "--csv", "scored/list.csv"], "scored",
                 lambda: files_of(place.folder / "scored")),
    ]
    made.append(Scenario(place, "store merge", ["--quiet", "merge", "merged/out", "store", "store24"], "merged",
                         lambda: result_of_store(place, "merged/out")))
    made.append(Scenario(place, "store prune", ["--quiet", "prune", "pruned", "--keep-recipe", "patch_hop_frames=24"], "pruned",
                         lambda: result_of_store(place, "pruned"),
                         lambda: place.good("store", "merge", "pruned", "store", "store24")))
    listener = Scenario(place, "classifier", ["--quiet", "--json", "--model", "model.safetensors", *place.sounds], "none",
                        lambda: listener.said)
    made.append(listener)
    if common.tflite_file():
        made.append(Scenario(place, "importer", ["--quiet", "--from", common.tflite_file(), "--out", "imported/yamnet.pt"],
                             "imported", lambda: files_of(place.folder / "imported")))
    return made


def prepare(place):
    if shutil.which("strace") is None:
        raise common.Skip("strace is not installed (apt-get install strace)")
    if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode != 0:
        raise common.Skip("strace may not trace programs here")
    common.take_weights(place)
    common.take_corpus(place)
    common.write_config(place)
    place.good("embedder", "--weights", "yamnet.pt", "--store", "store", "--threads", 1, "clips")
    place.good("embedder", "--weights", "yamnet.pt", "--store", "store24", "--threads", 1, "--patch-hop-frames", 24, "clips")
    place.good("trainer", "--config", "empty.yaml", *common.training_options(2, run__folder="first"))
    shutil.copy(place.folder / "first/torture/latest/model.pt", place.folder / "model.pt")
    shutil.copy(place.folder / "first/torture/latest/model.safetensors", place.folder)
    (place.folder / "silence.mp3").write_bytes(odd_input.mp3([320] * 100))
    place.sounds = ["silence.mp3", *sorted(f"clips/{f.name}" for f in (place.folder / "clips").iterdir())[:3]]
    mirror = place.fresh("mirror")
    (mirror / "one.bin").write_bytes(place.random.randbytes(300_000))
    shutil.copytree(place.folder / "clips", mirror / "set")
    licence = "    licence: {name: none, holder: nobody}\n"
    (place.folder / "assets.yaml").write_text(
        "assets:\n  - name: one\n    what: a file\n    url: file:///nowhere/one.bin\n    place: one.bin\n"
        f"    sha256: {common.digest(mirror / 'one.bin')}\n{licence}"
        f"  - name: set\n    what: a folder\n    url: file:///nowhere/set.zip\n    place: set\n{licence}"
        "    mirror: [set]\n    unpack: {format: zip, strip_components: 1}\n")


def for_compiled_code(arguments):
    """Whether a mmap may be for code that oneDNN compiles, in blocks of up to 1 MB: without that memory oneDNN crashes."""
    anonymous = re.match(r"NULL, (\d+), PROT_READ\|PROT_WRITE, MAP_PRIVATE\|MAP_ANONYMOUS", arguments)
    return anonymous is not None and int(anonymous[1]) <= 2**20


def possible_faults(scenario):
    """
    {kind: [(system call, n)]} of the calls of an uninterrupted run that may fail. strace counts each thread's calls, so the n-th
    call must be one after the program's start in each thread that gets so far: the dynamic linker's own are not ours.
    """
    log = scenario.place.folder / "calls.txt"
    names = ",".join(calls for calls, _ in FAULTS.values())
    ended = scenario.run("strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "200", "-e", "trace=" + names, "-e", "signal=none",
                         "-o", str(log))
    if ended.code != 0:
        raise RuntimeError(f"{scenario.name}: {ended.err[-2000:]}")
    kind_of = {call: kind for kind, (calls, _) in FAULTS.items() for call in calls.split(",")}
    seen, first, begun, allowed, barred = collections.Counter(), None, False, {}, set()
    weights = re.escape(str(common.tflite_file()))
    inputs = '^"(clips|silence.mp3|empty.yaml|assets.yaml|yamnet.pt|model.pt|model.safetensors)'
    own = re.compile("|".join([re.escape(str(scenario.place.folder)), weights, inputs]))
    for line in log.read_text(errors="replace").splitlines():
        found = CALL.match(line)
        if not found:
            continue
        thread, call, rest = found.groups()
        first = first or thread
        seen[thread, call] += 1
        number = seen[thread, call]
        begun = begun or own.search(rest) is not None
        # What is reported to the terminal is not the program's work, and may fail unnoticed.
        reported = re.match(r"[12]<", rest) is not None
        compiled = call == "mmap" and for_compiled_code(rest)
        # libcpuinfo, which LibTorch starts with, crashes when it cannot open what the kernel says of the processors.
        kernels = call == "openat" and rest.startswith('"/sys/')
        possible = begun and not reported and not compiled and not kernels
        (allowed.setdefault(call, set()).add(number) if possible else barred.add((call, number)))
    possible = {}
    for call, numbers in allowed.items():
        possible.setdefault(kind_of[call], []).extend((call, n) for n in sorted(numbers) if (call, n) not in barred)
    return {kind: calls for kind, calls in possible.items() if calls}


def try_fault(scenario, count, good, call, number, error):
    """One start with a fault, and the next without. `number` may be "7+": the seventh call and all after it fail."""
    what = f"{scenario.name}: {call} number {number} fails with {error}"
    scenario.clear()
    log = scenario.place.folder / "fault.txt"
    ended = scenario.run("strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={call}", "-e", "signal=none",
                         "-e", f"inject={call}:error={error}:when={number}", "-o", str(log))
    count.add("faults tried")
    count.tell(f"{what}: {ended.code} {ended.error_line()}")
    # Which call is the n-th differs a little from start to start.
    failed = [found[3] for found in map(CALL.match, log.read_text(errors="replace").splitlines())
              if found and "(INJECTED)" in found[3]]
    if ended.code == 139 and call == "mmap" and any(map(for_compiled_code, failed)):
        count.add("crashed in oneDNN without memory for its code")
    elif ended.code == 0:
        count.add("got over")
        count.expect(results(scenario) == good, f"{what}: it ended well with other results: {ended.err[-300:]}")
    elif count.expect(ended.refused(), f"{what}: ended with {ended.code}: {'hung ' * ended.hung}{ended.err[-600:]}"):
        count.add("refused with a clear line")
    again = scenario.run()
    done = count.expect(again.code == 0, f"{what}: without it the next start ended with {again.code}: {again.err[-600:]}")
    if done and count.expect(results(scenario) == good, f"{what}: the next start's results are other ones"):
        count.add("completed afterwards")
    left = [str(f.relative_to(scenario.out)) for f in scenario.out.rglob(".*") if not f.name.startswith(".fetched")]
    count.expect(not left or call in FAULTS["remove"][0], f"{what}: left behind: {left[:3]}")


def results(scenario):
    try:
        return scenario.results()
    except OSError as error:
        return {"missing": str(error)}


def torture(place, count):
    prepare(place)
    chosen = [s for s in scenarios(place) if place.arguments.only in (None, s.program)]
    for scenario in chosen:
        scenario.clear()
        possible = possible_faults(scenario)
        good = results(scenario)
        count.expect(good and "missing" not in good, f"{scenario.name}: the uninterrupted run left no results: {good}")
        kinds = sorted(possible)
        before = len(count.losses)
        share = max(1, place.arguments.faults // len(chosen))
        for turn in range(share):
            kind = kinds[turn % len(kinds)]
            call, number = place.random.choice(possible[kind])
            lasting = kind in LASTING and place.random.random() < 0.5
            error = place.random.choice(FAULTS[kind][1])
            try_fault(scenario, count, good, call, f"{number}{'+' * lasting}", error)
        print(f"{scenario.name}: {share} faults among {sum(map(len, possible.values()))} calls of {len(kinds)} kinds, "
              f"{len(count.losses) - before} losses", flush=True)


if __name__ == "__main__":
    options = common.parser(__doc__, EXAMPLES)
    options.add_argument("--faults", type=int, default=160, help="faults over all programs (default %(default)s)")
    options.add_argument("--only", choices=["embedder", "trainer", "fetcher", "synthesizer", "evaluator", "importer",
                                            "classifier", "store"],
                         help="one program alone")
    common.start("faults", torture, options)
