# SPDX-License-Identifier: Apache-2.0
"""Writes what the programs under comparison read: log-mel patches of real recordings, and two waveforms at 16 kHz."""

import argparse
import pathlib
import wave

import torch

import yamnet_torch
from torch_pipeline import Reader


def save_waveform(waveform, path):
    """As raw float32, and as a WAV file of 16 bits."""
    waveform.numpy().tofile(f"{path}.f32")
    with wave.open(f"{path}.wav", "wb") as file:
        file.setparams((1, 2, yamnet_torch.SAMPLE_RATE_HZ, 0, "NONE", "not compressed"))
        file.writeframes((waveform * 32767).round().clamp(-32768, 32767).short().numpy().tobytes())


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
                save_waveform(waveform[:samples], arguments.out / f"waveform_{samples}")
        patches.append(front_end(waveform))
        count += len(patches[-1])
        if count >= arguments.patches:
            break
    torch.cat(patches)[:arguments.patches].numpy().tofile(arguments.out / "patches.f32")


if __name__ == "__main__":
    main()
