# SPDX-License-Identifier: Apache-2.0
"""YAMNet in plain PyTorch with the weights of a yamnet.pt: the peers' side of the comparisons.

Written the way a user of PyTorch would: modules, eval mode, inference mode.
"""

import json

import torch
from torch import nn

SAMPLE_RATE_HZ = 16000
PATCH_FRAMES = 96
PATCH_HOP_FRAMES = 48
SHORTEST_SAMPLES = 15600  # one patch
PATCH_HOP_SAMPLES = 7680


class FrontEnd(nn.Module):
    """A waveform [N] at 16 kHz to log-mel patches [P, 1, 96, 64], by YAMNet's recipe."""

    def __init__(self, mel_matrix):
        super().__init__()
        self.register_buffer("window", torch.hann_window(400, periodic=True))
        self.register_buffer("mel_matrix", mel_matrix)

    @staticmethod
    def padded(waveform):
        samples = max(waveform.shape[0], SHORTEST_SAMPLES)
        hops = -(-(samples - SHORTEST_SAMPLES) // PATCH_HOP_SAMPLES)
        wanted = SHORTEST_SAMPLES + PATCH_HOP_SAMPLES * hops
        return nn.functional.pad(waveform, (0, wanted - waveform.shape[0]))

    def log_mel(self, waveform):
        frames = self.padded(waveform).unfold(0, 400, 160) * self.window
        magnitudes = torch.fft.rfft(frames, n=512).abs()
        return torch.log(magnitudes @ self.mel_matrix + 0.001)

    def forward(self, waveform):
        patches = self.log_mel(waveform).unfold(0, PATCH_FRAMES, PATCH_HOP_FRAMES)  # [P, 64, 96]
        return patches.transpose(1, 2).unsqueeze(1)


class Convolution(nn.Module):
    """Convolution, batch norm and activation, padded at the end where the stride is 2, as TensorFlow does."""

    def __init__(self, weights, name, stride, activation):
        super().__init__()
        kernel = weights[name + ".kernel"]
        channels, side = kernel.shape[0], kernel.shape[2]
        depthwise = side == 3 and name != "network.layer1"
        self.pad = nn.ZeroPad2d((0, 1, 0, 1)) if stride == 2 else nn.Identity()
        self.convolution = nn.Conv2d(channels if side == 1 or depthwise else 1, channels, side, stride,
                                     padding=1 if side == 3 and stride == 1 else 0,
                                     groups=channels if depthwise else 1, bias=False)
        self.convolution.weight = nn.Parameter(kernel)
        self.norm = nn.BatchNorm2d(channels, eps=1e-4)
        self.norm.bias = nn.Parameter(weights[name + ".beta"])
        self.norm.running_mean = weights[name + ".mean"]
        self.norm.running_var = weights[name + ".variance"]
        self.activation = activation

    def forward(self, x):
        return self.activation(self.norm(self.convolution(self.pad(x))))


class Network(nn.Module):
    """Patches [P, 1, 96, 64] to embeddings [P, 1024] and scores [P, 521]."""

    def __init__(self, weights, activation):
        super().__init__()
        layers = [Convolution(weights, "network.layer1", 2, activation)]
        for number in range(2, 15):
            name = f"network.layer{number}."
            layers.append(Convolution(weights, name + "depthwise", 2 if number in (3, 5, 7, 13) else 1, activation))
            layers.append(Convolution(weights, name + "pointwise", 1, activation))
        self.layers = nn.Sequential(*layers)
        self.classifier = nn.Linear(1024, 521)
        self.classifier.weight = nn.Parameter(weights["network.classifier_kernel"])
        self.classifier.bias = nn.Parameter(weights["network.classifier_bias"])

    def forward(self, patches):
        embeddings = self.layers(patches).mean((2, 3))
        return embeddings, torch.sigmoid(self.classifier(embeddings))


def read_weights(path):
    """The tensors of a yamnet.pt by name, and its metadata."""
    extra = {"metadata.json": ""}
    weights = torch.jit.load(path, _extra_files=extra).state_dict()
    return weights, json.loads(extra["metadata.json"])


def load(path):
    """Front end and network of a yamnet.pt, in eval mode."""
    weights, metadata = read_weights(path)
    activation = nn.ReLU6() if metadata["activation"] == "relu6" else nn.ReLU()
    return FrontEnd(weights["mel_matrix"]).eval(), Network(weights, activation).eval()
