#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills embedder processes that make shards, two for each shard, and holds the union against a single process's records."""

import json
import re
import shutil
import signal
import time

import common

EXAMPLES = """  shards.py                                # 16 processes, 8 shards, 30 kills, on 160 synthesised sounds
  shards.py --kills 100 --clips 400
"""


class Cluster:
    """Starts processes that make shards, each of which may be killed and started again, as a scheduler does."""

    def __init__(self, place, count, shards, processes):
        self.place, self.count, self.shards = place, count, shards
        self.running, self.idle = {}, list(range(processes))

    def shard_of(self, slot):
        return slot % self.shards

    def start(self):
        for slot in self.idle:
            self.running[slot] = self.place.start("embedder", "--quiet", "--weights", "yamnet.pt", "--threads", 1, "--store",
                                                  "shards", "--scratch", "scratch", "--heartbeat", f"beat{slot}.jsonl",
                                                  "--shard", f"{self.shard_of(slot)}/{self.shards}", "--list", "list.txt")
        self.idle = []

    def collect(self):
        """Takes those that ended; they must have succeeded, or been killed."""
        for slot, process in list(self.running.items()):
            if process.poll() is None:
                continue
            _, err = process.communicate()
            del self.running[slot]
            self.idle.append(slot)
            killed = process.returncode == -signal.SIGKILL
            self.count.expect(killed or process.returncode == 0, f"shard {self.shard_of(slot)}: {process.returncode}: {err[-400:]}")
            if not killed:
                self.count.add("processes done")

    def kill_one(self):
        slot = self.place.random.choice(list(self.running))
        process = self.running[slot]
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.count.add("kills", process.returncode == -signal.SIGKILL)

    def remove(self, shards):
        for shard in shards:
            shutil.rmtree(self.place.folder / f"shards/shard-{shard:05d}-of-{self.shards:05d}", ignore_errors=True)
            self.count.add("landed shards removed")

    def wait(self):
        while self.running:
            self.collect()
            time.sleep(0.02)


def lose(cluster, shards):
    """Both processes of each of these shards are killed soon after their start, so that the shards are missing."""
    cluster.remove(shards)
    cluster.idle = [slot for slot in cluster.idle if cluster.shard_of(slot) in shards]
    cluster.start()
    time.sleep(cluster.place.random.uniform(0.0, 0.5))
    for process in cluster.running.values():
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            cluster.count.add("kills", process.returncode == -signal.SIGKILL)
    cluster.wait()


def missing(place, *more):
    ended = place.run("embedder", "--missing", "--json", "--store", "shards", *more, timeout_s=600)
    return ended.code, json.loads(ended.out) if ended.out else None, ended.err


def torture(place, count):
    arguments = place.arguments
    common.take_weights(place)
    clips = common.take_corpus(place)
    (place.folder / "list.txt").write_text("".join(f"clips/{file.name}\n" for file in sorted(clips.iterdir())))
    time.sleep(2.1)  # from then on the digests of the files are remembered
    for name in ("shards", "scratch", "one"):
        shutil.rmtree(place.folder / name, ignore_errors=True)
    start = time.monotonic()
    place.good("embedder", "--weights", "yamnet.pt", "--threads", 1, "--store", "one", "--list", "list.txt", timeout_s=600)
    alone_s = time.monotonic() - start
    cluster = Cluster(place, count, arguments.shards, arguments.processes)
    while count.numbers.get("kills", 0) < arguments.kills:
        if not cluster.running and (place.folder / "shards/shards.json").exists():
            # All are done: half of what landed is lost, so that there is work again.
            cluster.remove(place.random.sample(range(arguments.shards), arguments.shards // 2))
        cluster.start()
        time.sleep(place.random.uniform(0.0, 1.0) * max(1.0, alone_s / 4))
        cluster.collect()
        if cluster.running:
            cluster.kill_one()
            cluster.collect()
    cluster.wait()
    lose(cluster, place.random.sample(range(arguments.shards), arguments.shards // 3))
    code, survey, err = missing(place)
    if survey is None:
        count.loss(f"--missing ended with {code}: {err[-400:]}")
        return
    count.add("shards missing then", len(survey["problems"]))
    count.expect(all(problem["missing"] for problem in survey["problems"]), f"a damaged shard: {survey['problems']}")
    count.expect(code == (1 if survey["problems"] else 0), f"--missing: exit code {code}")
    code, survey, err = missing(place, "--redo", "--list", "list.txt", "--weights", "yamnet.pt", "--threads", 1, "--scratch",
                                "scratch")
    count.expect(code == 0 and survey and not survey["problems"], f"--missing --redo: exit code {code}: {err[-400:]}")
    hold_against_one(place, count)


def hold_against_one(place, count):
    """Merging into the store of the single process compares every record's bytes."""
    number = len((place.folder / "list.txt").read_text().splitlines())
    records = json.loads(place.good("store", "info", "one", "--json").out)["records"]
    ended = place.run("store", "--quiet", "merge", "one", "shards")
    found = re.search(r"(\S+) records added, (\S+) present before, (\S+) different, (\S+) damaged", ended.out)
    if count.expect(found, f"store merge: {ended.err[-400:]}"):
        added, present, different, damaged = (int(text.replace(",", "")) for text in found.groups())
        count.expect((added, present, different, damaged) == (0, records, 0, 0), f"the union differs: {found.group(0)}")
        count.add("records equal byte for byte", present)
    count.add("clips", number)
    left = [f.name for f in (place.folder / "shards").rglob(".*")]
    count.expect(not left, f"left behind: {left[:3]}")


if __name__ == "__main__":
    options = common.parser(__doc__, EXAMPLES)
    options.set_defaults(clips=160)
    options.add_argument("--kills", type=int, default=30, help="kills at least (default %(default)s)")
    options.add_argument("--shards", type=int, default=8, help="shards (default %(default)s)")
    options.add_argument("--processes", type=int, default=16, help="processes at once (default %(default)s)")
    common.start("shards", torture, options)
