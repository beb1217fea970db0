# SPDX-License-Identifier: Apache-2.0
"""What bin/device_rate measures, done in PyTorch on the same device: patches per second, head training steps per second."""

import argparse
import time

import torch
from torch import nn

import yamnet_torch


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def patches_per_s(network, device, count, seconds):
    """From patches in the host's memory to embeddings and scores there, as our engines give them."""
    patches = torch.full((count, 1, 96, 64), 0.1)

    def once():
        embeddings, scores = network(patches.to(device))
        return embeddings.cpu(), scores.cpu()

    with torch.inference_mode():
        for _ in range(3):
            once()
        start, done = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            once()
            done += count
        return done / (time.perf_counter() - start)


def steps_per_s(device, batch_size=32, epochs=6):
    """Frames of 400 clips on the device, a batch is an index into them; the first epoch is left out."""
    frames, labels = torch.rand(4000, 1024, device=device), torch.arange(4000, device=device) % 10
    head = nn.Sequential(nn.Linear(1024, 512), nn.ReLU(), nn.Linear(512, 10)).to(device)
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-3, eps=1e-7)
    objective = nn.CrossEntropyLoss()
    steps, start = 0, 0.0
    for epoch in range(epochs):
        if epoch == 1:
            wait(device)
            steps, start = 0, time.perf_counter()
        for samples in torch.randperm(len(frames)).to(device).split(batch_size):
            loss = objective(head(frames[samples]), labels[samples])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            steps += 1
    wait(device)
    return steps / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--weights", default="data/yamnet.pt")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--tf32", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = arguments.tf32
    device = torch.device(arguments.device)
    print(f"PyTorch {torch.__version__} on {device}, TF32 {'allowed' if arguments.tf32 else 'off'}")
    network = yamnet_torch.load(arguments.weights)[1].to(device)
    for count in (1, 16, 64, 256, 1024):
        rate = patches_per_s(network, device, count, arguments.seconds)
        print(f"{'PyTorch float32':<32} {count:5d} patches a call {rate:10.1f} patches/s")
    print(f"head 1024-512-10, frame      batches of 32 {steps_per_s(device):10.1f} steps/s")


if __name__ == "__main__":
    main()
