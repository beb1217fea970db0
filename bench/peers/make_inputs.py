"""Writes what the programs under comparison read: log-mel patches of real recordings, and two waveforms at 16 kHz."""

import argparse
import pathlib

import torch

import yamnet_torch
from torch_pipeline import Reader


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", required=True, help="a yamnet.pt")
    parser.add_argument("--list", required=True, help="text file with one sound file a line")
    parser.add_argument("--patches", type=int, default=320)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    front_end, _ = yamnet_torch.load(arguments.weights)
    reader = Reader()
    patches, count = [], 0
    for file in pathlib.Path(arguments.list).read_text().splitlines():
        waveform = reader.read(file)
        if not patches:
            for samples in (15600, 80000):
                waveform[:samples].numpy().tofile(arguments.out / f"waveform_{samples}.f32")
        patches.append(front_end(waveform))
        count += len(patches[-1])
        if count >= arguments.patches:
            break
    torch.cat(patches)[:arguments.patches].numpy().tofile(arguments.out / "patches.f32")


if __name__ == "__main__":
    main()
