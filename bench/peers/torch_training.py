# SPDX-License-Identifier: Apache-2.0
"""ESC-10 in five folds with the tutorial's head, in PyTorch: what a warm trainer run is compared with.

Reads embeddings saved as NAME.embeddings.npy and ESC-50's table; trains 1024 -> 512 -> 10 on four folds and tests on
the fifth, each fold in turn, with Adam, batches of 32 frames, and early stopping on the training loss, as
configs/esc10.yaml says. The frames of a split are one tensor, a batch is an index into it: no loader, no workers.
"""

import argparse
import copy
import csv
import json
import math
import pathlib
import time

import numpy
import torch
from torch import nn


def read_clips(table, embeddings):
    """Per clip of ESC-10: fold, class number and frames [P, 1024]."""
    with open(table, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["esc10"] == "True"]
    classes = sorted({row["category"] for row in rows})

    def frames(row):
        return torch.from_numpy(numpy.load(embeddings / f"{pathlib.Path(row['filename']).stem}.embeddings.npy"))

    return [(int(row["fold"]), classes.index(row["category"]), frames(row)) for row in rows]


def frames_of(clips):
    """The frames of all clips as one tensor, and each frame's class."""
    frames = torch.cat([frames for _, _, frames in clips])
    labels = torch.cat([torch.full((len(frames),), label) for _, label, frames in clips])
    return frames, labels


def make_head(classes):
    head = nn.Sequential(nn.Linear(1024, 512), nn.ReLU(), nn.Linear(512, classes))
    for layer in (head[0], head[2]):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    return head


def train(head, frames, labels, epochs, batch_size, patience):
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-3, eps=1e-7)
    objective = nn.CrossEntropyLoss()
    best, best_state, stalled, epoch = math.inf, None, 0, 0
    for epoch in range(1, epochs + 1):
        order = torch.randperm(len(frames))
        total = 0.0
        for samples in order.split(batch_size):
            loss = objective(head(frames[samples]), labels[samples])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(samples)
        mean_loss = float(total) / len(frames)
        stalled = 0 if mean_loss < best else stalled + 1
        if mean_loss < best:
            best, best_state = mean_loss, copy.deepcopy(head.state_dict())
        if stalled >= patience:
            break
    head.load_state_dict(best_state)
    return epoch


def clips_right(head, clips):
    with torch.inference_mode():
        return sum(int(head(frames).mean(0).argmax()) == label for _, label, frames in clips)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--embeddings", required=True, type=pathlib.Path)
    parser.add_argument("--table", required=True, help="ESC-50's meta/esc50.csv")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    clips = read_clips(arguments.table, arguments.embeddings)
    epochs_run, right = 0, 0
    started = time.perf_counter()
    for fold in sorted({fold for fold, _, _ in clips}):
        torch.manual_seed(arguments.seed)
        head = make_head(10)
        frames, labels = frames_of([clip for clip in clips if clip[0] != fold])
        epochs_run += train(head, frames, labels, arguments.epochs, batch_size=32, patience=3)
        right += clips_right(head, [clip for clip in clips if clip[0] == fold])
    print(json.dumps({"clip_accuracy": right / len(clips), "epochs_run": epochs_run,
                      "loop_s": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
