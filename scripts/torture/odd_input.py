#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Gives the programs odd and hostile input: sounds that are none, sounds at the edge of what is allowed, and lists, archives
and models that try to leave their folder or to be loaded unasked. Bad input is refused by name; odd but whole sounds give
finite results. (tests/audio/, tests/dataset/ and tests/assets/ try the same one level lower, at the readers themselves.)
"""

import json
import math
import os
import pathlib
import struct
import zipfile

import common

EXAMPLES = """  odd_input.py
  odd_input.py --corpus recordings/ --weights data/yamnet.pt      # and each of your recordings must be read
"""


def wav(samples, rate=16000, channels=1, bits=16, is_float=False, claimed=None):
    """A WAV file of samples in -1 to 1; `claimed` replaces the length of the data in its header."""
    form = {(8, False): "B", (16, False): "h", (32, False): "i", (32, True): "f", (64, True): "d"}.get((bits, is_float))
    if is_float:
        data = struct.pack(f"<{len(samples)}{form}", *samples)
    elif bits == 24:
        data = b"".join(int(s * 8388607).to_bytes(3, "little", signed=True) for s in samples)
    elif bits == 8:
        data = bytes(int(128 + 127 * s) for s in samples)
    else:
        data = struct.pack(f"<{len(samples)}{form}", *[int(s * (2 ** (bits - 1) - 1)) for s in samples])
    size = len(data) if claimed is None else claimed
    block = channels * bits // 8
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", min(size + 36, 2**32 - 1), b"WAVE", b"fmt ", 16, 3 if is_float else 1,
                       channels, rate, rate * block, block, bits, b"data", size)
    return head + data


def tone(seconds=1.2, rate=16000, level=0.5, channels=1):
    return [level * math.sin(2 * math.pi * 440 * (n // channels) / rate) for n in range(int(seconds * rate) * channels)]


def mp3(kilobits, xing=0):
    """
    An MPEG-1 layer III file at 44.1 kHz, mono, with one silent frame of 1152 samples for each bit rate (ISO 11172-3). `xing`
    puts a Xing header before them that claims so many frames.
    """
    rates = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)

    def frame(kilobit, after=b""):
        header = bytes((0xFF, 0xFB, rates.index(kilobit) << 4, 0xC4))
        return (header + bytes(17) + after).ljust(144_000 * kilobit // 44_100, b"\0")  # 17: side information of silence

    head = frame(128, b"Xing" + struct.pack(">II", 1, xing)) if xing else b""
    return head + b"".join(frame(kilobit) for kilobit in kilobits)


# Loud, then quiet: a length guessed from the first frame is a ninth of the true one.
CHANGING = [320] * 4 + [32] * 96


def odd_sounds():
    """Name -> bytes of sounds that must be read."""
    sounds = {"one_sample.wav": wav([0.5]), "silence.wav": wav([0.0] * 20000), "dc.wav": wav([0.7] * 20000),
              "full_scale.wav": wav([1.0 if n // 18 % 2 else -1.0 for n in range(20000)]),
              "beyond_full_scale.wav": wav([40 * s for s in tone()], bits=32, is_float=True),
              "a_tone.flac": wav(tone()), "a_tone.txt.ogg": wav(tone()), "no_xing.mp3": mp3(CHANGING),
              "xing.mp3": mp3(CHANGING, xing=100), "no_xing_tagged.mp3": mp3(CHANGING) + b"TAG".ljust(128, b"a"),
              "constant_rate.mp3": mp3([128] * 100), "cut.mp3": mp3([128] * 101)[:-200]}
    for channels in (1, 2, 3, 4, 5, 6, 7, 8):
        sounds[f"{channels}_channels.wav"] = wav(tone(channels=channels), channels=channels)
    for rate in (8000, 11025, 22050, 32000, 44100, 48000, 96000, 192000):
        sounds[f"{rate}_hz.wav"] = wav(tone(rate=rate), rate=rate)
    for bits, is_float in ((8, False), (24, False), (32, False), (32, True), (64, True)):
        sounds[f"{bits}_bits{'_float' if is_float else ''}.wav"] = wav(tone(), bits=bits, is_float=is_float)
    return sounds


def bad_sounds():
    """Name -> bytes of sounds that must be refused."""
    floats = tone()
    sounds = {"no_sample.wav": wav([]), "no_byte.wav": b"", "text.wav": b"not a sound\n" * 50, "zeros.flac": bytes(5000),
              "no_frame.mp3": mp3([128] * 2)[:300], "hole.mp3": mp3([128] * 50) + bytes(9000) + mp3([128] * 50),
              "gigabytes.wav": wav(tone(), claimed=4_000_000_000), "cut_header.wav": wav(tone())[:30],
              "cut.wav": wav(tone())[:9000]}
    for name, value in (("nan", math.nan), ("inf", math.inf), ("minus_inf", -math.inf)):
        sounds[name + ".wav"] = wav(floats[:5000] + [value] + floats[5000:], bits=32, is_float=True)
        sounds[name + "_64.wav"] = wav(floats[:5000] + [value] + floats[5000:], bits=64, is_float=True)
    return sounds


def refused(count, what, ended, *named):
    """Counts a bad input that must be refused by one of the names."""
    count.add("bad inputs tried")
    text = ended.err + ended.out
    count.expect(ended.refused() and any(name in text for name in named), f"{what}: {ended.code}: {ended.err[-500:]}")


def listen(place, count):
    """Odd sounds give finite probabilities; bad ones are all named, and the rest is done."""
    folder = place.fresh("odd")
    odd, bad = odd_sounds(), bad_sounds()
    for name, data in {**odd, **bad}.items():
        (folder / name).write_bytes(data)
    os.mkfifo(folder / "pipe.wav")
    (folder / "folder.wav").mkdir()
    bad_names = [*bad, "pipe.wav", "folder.wav", "missing.wav"]
    ended = place.run("classifier", "--model", "yamnet.pt", "--json", *[folder / n for n in [*odd, *bad_names]])
    classified = {pathlib.Path(line["file"]).name: line for line in map(json.loads, ended.out.splitlines())}
    count.expect(ended.code == 1 and not ended.hung, f"classifier ended with {ended.code}")
    for name in odd:
        count.add("odd sounds tried")
        values = [c["probability"] for c in classified.get(name, {"classes": []})["classes"]]
        finite = values and all(isinstance(v, float) and 0 <= v <= 1 for v in values)
        count.expect(finite, f"{name}: no finite answer: {values}")
        if name.endswith(".mp3"):
            seconds = classified.get(name, {}).get("seconds", 0)
            count.expect(abs(seconds - 100 * 1152 / 44100) < 0.05, f"{name}: {seconds} s of it were classified")
    for name in bad_names:
        count.add("bad inputs tried")
        count.expect(name not in classified and name in ended.err, f"{name}: not refused by name")


def skip_and_limit(place, count):
    """on_bad_clip: skip lists what was left out, up to a limit, and what is stored is not poisoned by it."""
    files = [str(f) for f in (place.folder / "odd").iterdir() if f.suffix == ".wav" and f.is_file()]
    count_bad = sum(pathlib.Path(f).name in bad_sounds() for f in files)
    command = ["--weights", "yamnet.pt", "--store", "odd_store", "--threads", 1, "--on-bad-clip", "skip", "--json"]
    report = json.loads(place.good("embedder", *command, *files).out)
    count.expect(report["bad"] == count_bad, f"skip: {report['bad']} bad clips, {count_bad} expected")
    refused(count, "--max-bad-clips", place.run("embedder", *command, "--max-bad-clips", 3, *files), "more than the 3")
    again = json.loads(place.good("embedder", *command, *files).out)
    count.expect(again["computed"] == 0, "skip: the second run computed again")


def outside(place, count):
    """Lists that try to read beyond the data root."""
    root = place.fresh("root")
    (place.folder / "secret.wav").write_bytes(wav(tone()))
    (root / "in.wav").write_bytes(wav(tone(level=0.2)))
    (root / "link.wav").symlink_to(place.folder / "secret.wav")
    (root / "out").symlink_to(place.folder)
    for path in ("../secret.wav", str(place.folder / "secret.wav"), "link.wav", "out/secret.wav", "a/../../secret.wav"):
        part = "out" if path.startswith("out/") else path
        (root / "list.csv").write_text(f"path,label,fold\nin.wav,a,1\n{path},b,1\n")
        options = common.training_options(1, data__manifest="root/list.csv", data__root="root")
        refused(count, f"CSV with {path}", place.run("trainer", "--config", "empty.yaml", *options), f"'{part}'")


def outside_of_sets(place, count):
    """The same in sets of ESC-50's layout, with a folder for each class, and in the name of the experiment."""
    place.good("synthesizer", "--out", "own_set", "--kinds", "dog,cat", "--clips-per-fold", 1, "--takes", 1, "--seconds", 1)
    table = place.folder / "own_set/meta/esc50.csv"
    text = table.read_text()
    clip = sorted((place.folder / "own_set/audio").iterdir())[0]
    options = ["--threads", 1, "--set", "training.epochs=1", "--set", "backbone.weights=yamnet.pt"]
    in_set = ["--config", "empty.yaml", *options, "--set", "data.root=own_set"]
    for name in ("../../secret.wav", str(place.folder / "secret.wav"), "../audio/" + clip.name):
        table.write_text(text.replace(clip.name, name))
        refused(count, f"ESC-50's table with {name}", place.run("trainer", *in_set), name)
    table.write_text(text)
    sound = clip.read_bytes()
    clip.unlink()
    clip.symlink_to(place.folder / "secret.wav")
    refused(count, "ESC-50 with a link", place.run("trainer", *in_set), clip.name)
    clip.unlink()
    clip.write_bytes(sound)
    for name in ("../x", "a/b", "..", "."):
        refused(count, f"name {name}", place.run("trainer", *in_set, "--set", f"name={name}"), "name")

    root = place.fresh("by_class")
    for number, label in enumerate("aabb"):
        (root / label).mkdir(exist_ok=True)
        (root / label / f"{number}.wav").write_bytes(sound)
    in_folders = ["--config", "empty.yaml", *options, "--set", "data.layout=folders", "--set", "data.root=by_class"]
    outside = place.fresh("outside")
    (outside / "secret.wav").write_bytes(sound)
    for link, target in (("a/link.wav", place.folder / "secret.wav"), ("out", outside)):
        (root / link).symlink_to(target)
        refused(count, f"a folder per class with {link}", place.run("trainer", *in_folders), "leads out of the root")
        (root / link).unlink()


def hostile_archives(place, count):
    """Archives and manifests that try to write beyond the data folder."""
    names = ("../escaped.txt", "/escaped.txt", "set/../../escaped.txt", "set/link", "..\\escaped.txt", "set/out/link")
    for number, name in enumerate(names):
        where = place.fresh(f"archive{number}")
        with zipfile.ZipFile(where / "set.zip", "w") as archive:
            entry = zipfile.ZipInfo(name)
            if name.endswith("link"):
                entry.external_attr = 0o120777 << 16
            archive.writestr(entry, "../.." if name.endswith("link") else "escaped")
            if name.endswith("link"):
                archive.writestr(name + "/escaped.txt", "through the link")
            archive.writestr("set/meta/list.csv", "filename\n")
        manifest = ("assets:\n  - name: one\n    what: an archive\n    url: file://{}/set.zip\n    place: {}\n"
                    "    licence: {{name: none, holder: nobody}}\n    unpack: {{format: zip, strip_components: 0}}\n")
        (where / "assets.yaml").write_text(manifest.format(where, "one"))
        ended = place.run("fetcher", "--manifest", "assets.yaml", "--data", "data", "one", where=where)
        refused(count, f"archive with {name}", ended, "one")
        escaped = [f for f in where.rglob("escaped.txt")] + [f for f in pathlib.Path("/").glob("escaped.txt")]
        count.expect(not escaped and not (where / "data/one").exists(), f"archive with {name}: {escaped} was written")
    for target in ("../one", "/one", "a/../../one"):
        (where / "assets.yaml").write_text(manifest.format(where, target))
        ended = place.run("fetcher", "--manifest", "assets.yaml", "--data", "data", "one", where=where)
        refused(count, f"manifest with place {target}", ended, "place")


def foreign_models(place, count):
    """TorchScript archives without our metadata are not loaded unless requested: loading one runs code from it."""
    source = place.folder / "yamnet.pt"
    foreign = place.folder / "foreign.pt"
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(foreign, "w") as out:
        for entry in archive.infolist():
            if "extra/" not in entry.filename:
                out.writestr(entry, archive.read(entry))
    clip = sorted((place.folder / "clips").iterdir())[0]
    for program, arguments in (("classifier", ["--model", foreign, clip]), ("evaluator", ["--model", foreign]),
                               ("embedder", ["--weights", foreign, "--store", "foreign_store", clip])):
        refused(count, f"{program} with a foreign model", place.run(program, *arguments), "foreign.pt")
    trusted = place.run("classifier", "--model", foreign, "--trust-foreign-model", "probabilities", clip)
    count.expect(trusted.code == 0 and "not a model of Soundfold's" in trusted.err, f"a trusted model: {trusted.err[-500:]}")


def own_recordings(place, count):
    """Every recording of the corpus is read, or refused by name."""
    clips = sorted((place.folder / "clips").iterdir())
    ended = place.run("classifier", "--model", "yamnet.pt", "--json", *clips)
    classified = [json.loads(line)["file"] for line in ended.out.splitlines()]
    for clip in clips:
        count.add("recordings read", int(str(clip) in classified))
        count.expect(str(clip) in classified or clip.name in ended.err, f"{clip}: neither read nor refused")


def torture(place, count):
    common.take_weights(place)
    common.take_corpus(place)
    common.write_config(place)
    for part in (listen, skip_and_limit, outside, outside_of_sets, hostile_archives, foreign_models, own_recordings):
        part(place, count)


if __name__ == "__main__":
    common.start("odd_input", torture, common.parser(__doc__, EXAMPLES))
