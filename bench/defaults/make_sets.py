# SPDX-License-Identifier: Apache-2.0
"""Small data sets as people have them, to choose defaults on: cut from ESC-50 and spoken by espeak-ng.

  bench/defaults/make_sets.py data/esc50 OUT

writes OUT/choose/NAME.csv and OUT/check/NAME.csv (path, label, fold; five folds by recording) with the sounds beside
them. Nothing of `check` may be looked at while choosing. Needs sox and espeak-ng. The same every time: all draws are seeded.
"""
import collections
import csv
import pathlib
import random
import shutil
import subprocess
import sys

FOLDS = 5


def esc50(root):
    """Files of each class, one of each source recording, in the order of the CSV."""
    files, seen = collections.defaultdict(list), set()
    with open(root / "meta" / "esc50.csv", newline="") as text:
        for row in csv.DictReader(text):
            if (row["category"], row["src_file"]) not in seen:
                seen.add((row["category"], row["src_file"]))
                files[row["category"]].append(root / "audio" / row["filename"])
    return files


def sox(*arguments):
    subprocess.run(["sox", "-V1", *map(str, arguments)], check=True)


def write(out, name, rows):
    """rows: (path, label); folds are dealt out within each class."""
    counts = collections.Counter()
    with open(out / f"{name}.csv", "w", newline="") as text:
        table = csv.writer(text)
        table.writerow(["path", "label", "fold"])
        for path, label in rows:
            table.writerow([path.relative_to(out), label, counts[label] % FOLDS + 1])
            counts[label] += 1
    print(f"{out.name}/{name}: {len(rows)} clips, {len(counts)} classes")


def cut(folder, files, draw, classes, clips, effect=None):
    """Clips of some classes, each changed by effect(source, target, draw)."""
    folder.mkdir(parents=True, exist_ok=True)
    names = draw.sample(sorted(name for name in files if len(files[name]) >= min(clips, 10)), classes)
    rows = []
    for name in names:
        for source in draw.sample(files[name], min(clips, len(files[name]))):
            path = folder / (source.stem + ".wav" if effect else source.name)
            if effect:
                effect(source, path, draw)
            else:
                shutil.copyfile(source, path)
            rows.append((path, name))
    return rows


def one_second(source, target, draw):
    sox(source, target, "silence", "1", "0.02", "-50d", "trim", "0", "1")


def padded(source, target, draw):
    sox(source, target, "silence", "1", "0.02", "-50d", "trim", "0", "1.2", "pad", f"{draw.uniform(0, 2):.2f}", "2")


def noisy(source, target, draw):
    noise = target.with_suffix(".noise.wav")
    sox(source, noise, "synth", "pinknoise", "vol", "0.25")
    sox("-m", "-v", "0.7", source, "-v", f"{draw.uniform(0.2, 0.8):.2f}", noise, target)
    noise.unlink()


def quiet(source, target, draw):
    sox(source, target, "vol", f"{draw.uniform(0.02, 1):.3f}", "lowpass", str(draw.choice([2000, 3500, 7000])))


VOICES = ["en-us", "en-gb", "en-gb-scotland", "en-029", "en-gb-x-rp"]
KINDS = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4", "f5"]


def speak(target, text, draw, voice=None, kind=None):
    voice = f"{voice or draw.choice(VOICES)}+{kind or draw.choice(KINDS)}"
    subprocess.run(["espeak-ng", "-v", voice, "-s", str(draw.randint(120, 210)), "-p", str(draw.randint(20, 80)),
                    "-w", str(target), text], check=True)


def words(folder, draw, vocabulary, clips, voice=None):
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for word in vocabulary:
        for i in range(clips):
            path = folder / f"{word}_{i}.wav"
            speak(path, word, draw, voice)
            rows.append((path, word))
    return rows


def speakers(folder, draw, kinds, clips, sentences):
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for kind in kinds:
        for i in range(clips):
            path = folder / f"{kind}_{i}.wav"
            speak(path, draw.choice(sentences) + " " + draw.choice(sentences), draw, "en-us", kind)
            rows.append((path, kind))
    return rows


SENTENCES = ["The train leaves at nine.", "Please close the window.", "We walked along the river.", "It rained all day.",
             "She sold her old bicycle.", "The bread is still warm.", "Nobody answered the phone.", "He plays the violin."]
DIGITS = "zero one two three four five six seven eight nine".split()


def main():
    root, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    files = esc50(root)
    choose, check = out / "choose", out / "check"
    choose.mkdir(parents=True, exist_ok=True)
    check.mkdir(parents=True, exist_ok=True)

    draw = random.Random(1)
    write(choose, "four_classes_10", cut(choose / "four_classes_10", files, draw, 4, 10))
    write(choose, "ten_classes_5", cut(choose / "ten_classes_5", files, draw, 10, 5))
    write(choose, "ten_classes_10", cut(choose / "ten_classes_10", files, draw, 10, 10))
    write(choose, "forty_classes_10", cut(choose / "forty_classes_10", files, draw, 40, 10))
    write(choose, "eight_classes_40", cut(choose / "eight_classes_40", {k: v for k, v in files.items() if len(v) > 20}, draw, 8, 40))
    write(choose, "short_10", cut(choose / "short_10", files, draw, 10, 10, one_second))
    write(choose, "padded_10", cut(choose / "padded_10", files, draw, 10, 10, padded))
    write(choose, "noisy_10", cut(choose / "noisy_10", files, draw, 10, 10, noisy))
    write(choose, "digits_10", words(choose / "digits_10", draw, DIGITS, 10))
    write(choose, "digits_40", words(choose / "digits_40", draw, DIGITS, 40))
    write(choose, "commands_20", words(choose / "commands_20", draw, ["stop", "go", "left", "right", "up", "down"], 20))
    write(choose, "speakers_15", speakers(choose / "speakers_15", draw, ["m1", "m3", "m5", "f1", "f2", "f4"], 15, SENTENCES))

    draw = random.Random(2)
    write(check, "six_classes_8", cut(check / "six_classes_8", files, draw, 6, 8))
    write(check, "twenty_classes_10", cut(check / "twenty_classes_10", files, draw, 20, 10))
    write(check, "quiet_12", cut(check / "quiet_12", files, draw, 8, 12, quiet))
    write(check, "german_numbers_12", words(check / "german_numbers_12", draw,
          ["eins", "zwei", "drei", "vier", "sechs", "sieben", "acht", "neun", "zehn", "elf"], 12, "de"))
    write(check, "speakers_12", speakers(check / "speakers_12", draw, ["m2", "m4", "m6", "m7", "f3", "f5"], 12, SENTENCES))


if __name__ == "__main__":
    main()
