# SPDX-License-Identifier: Apache-2.0
"""Embeds a folder of recordings with PyTorch and torchaudio: what embedder is compared with.

Each file is loaded, averaged to one channel, resampled to 16 kHz, cut into log-mel patches; patches of several clips
go through the network together; each clip's embeddings are saved as NAME.embeddings.npy. embedder's store does more
(digests, checks, a sync to disk per batch), so the comparison favours this program.
"""

import argparse
import multiprocessing
import pathlib

import numpy
import torch
import torchaudio

import yamnet_torch


class Reader:
    """Sound files as waveforms at 16 kHz; a resampler's kernel is made once per rate."""

    def __init__(self):
        self.resamplers = {}

    def read(self, file):
        samples, rate = torchaudio.load(file)
        mono = samples.mean(0)
        if rate == yamnet_torch.SAMPLE_RATE_HZ:
            return mono
        if rate not in self.resamplers:
            # A longer filter than the default costs little and keeps the top bands, as soxr's HQ does.
            self.resamplers[rate] = torchaudio.transforms.Resample(
                rate, yamnet_torch.SAMPLE_RATE_HZ, lowpass_filter_width=64)
        return self.resamplers[rate](mono)


def save(folder, names, patches, network):
    embeddings = network(torch.cat(patches))[0]
    for name, own in zip(names, embeddings.split([len(p) for p in patches])):
        numpy.save(folder / f"{name}.embeddings.npy", own.numpy())


@torch.inference_mode()
def embed(files, folder, front_end, network, batch):
    """Batches hold at least `batch` patches, whole clips together."""
    reader = Reader()
    names, patches = [], []
    for file in files:
        names.append(file.stem)
        patches.append(front_end(reader.read(file)))
        if sum(len(p) for p in patches) >= batch:
            save(folder, names, patches, network)
            names, patches = [], []
    if names:
        save(folder, names, patches, network)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True, help="a yamnet.pt")
    parser.add_argument("--list", required=True, help="text file with one sound file a line")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--workers", type=int, default=1, help="processes of one thread each")
    parser.add_argument("--batch", type=int, default=20, help="patches; 20 runs fastest")
    parser.add_argument("--frozen", action="store_true", help="script, freeze and optimize_for_inference the network")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    front_end, network = yamnet_torch.load(arguments.weights)
    if arguments.frozen:
        network = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.script(network)))
    files = [pathlib.Path(line) for line in pathlib.Path(arguments.list).read_text().splitlines()]
    workers = [
        multiprocessing.get_context("fork").Process(
            target=embed, args=(files[i :: arguments.workers], arguments.out, front_end, network, arguments.batch))
        for i in range(arguments.workers)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode != 0:
            raise SystemExit(f"a worker ended with exit code {worker.exitcode}")


if __name__ == "__main__":
    main()
