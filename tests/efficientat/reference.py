# SPDX-License-Identifier: Apache-2.0
"""Makes the golden values of the tests beside this file: EfficientAT's front end and network in float64, by numpy alone, of
weights and signals by a formula (tests/testing/generated_weights.h). Where PyTorch is installed the same network is built of
its layers, compared, and saved as torch.save writes it. Debian's python3-numpy and python3-torch are enough:

    /usr/bin/python3 tests/efficientat/reference.py tests/efficientat
"""
import json
import sys

import numpy as np

RATE, FFT, WINDOW, HOP, BANDS, TOP_HZ = 32000, 1024, 800, 320, 128, 15000.0


# --- values by a formula -----------------------------------------------------------------------------------------------

def name_key(name):
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return key


def generated(key, count):
    """`count` values in [-1, 1) by SplitMix64."""
    z = np.uint64(key) + (np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) - 8388608.0) / 8388608.0


def tensor(name, shape):
    count = int(np.prod(shape))
    v = generated(name_key(name), count)
    if name.endswith("running_mean") or (name.endswith(".bias")):
        v = v / 8
    elif name.endswith("running_var"):
        v = (1 + v / 2) / 3  # so that deep networks still depend on their input
    elif len(shape) == 1:
        v = 1 + v / 4
    else:
        inputs, scale = 3, 1.0
        while inputs < count / shape[0]:
            inputs, scale = inputs * 4, scale / 2
        v = v * scale
    return v.astype(np.float32).reshape(shape)


# --- the network -------------------------------------------------------------------------------------------------------

def rounded(value):
    nearest = max(8, int(value + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * value else nearest


# kernel, expanded, out, squeezes, hard swish, stride
LARGE = [(3, 16, 16, 0, 0, 1), (3, 64, 24, 0, 0, 2), (3, 72, 24, 0, 0, 1), (5, 72, 40, 1, 0, 2), (5, 120, 40, 1, 0, 1),
         (5, 120, 40, 1, 0, 1), (3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1),
         (3, 480, 112, 1, 1, 1), (3, 672, 112, 1, 1, 1), (5, 672, 160, 1, 1, 2), (5, 960, 160, 1, 1, 1), (5, 960, 160, 1, 1, 1)]


def efficientat(width, classes=527):
    blocks = []
    for kernel, expanded, out, squeezes, swish, stride in LARGE:
        expanded = rounded(expanded * width)
        blocks.append((kernel, expanded, rounded(out * width), rounded(expanded // 4) if squeezes else 0, swish, stride))
    return {"stem": rounded(16 * width), "blocks": blocks, "last": 6 * blocks[-1][2], "hidden": rounded(1280 * width),
            "classes": classes}


def small():
    return {"stem": 8, "blocks": [(3, 8, 8, 0, 0, 1), (3, 16, 8, 0, 0, 2), (5, 24, 16, 8, 0, 2), (5, 32, 16, 8, 1, 1)],
            "last": 48, "hidden": 16, "classes": 5}


def shapes(net):
    """Of the state dict, in its order."""
    all_shapes = {}

    def conv(name, out, inputs, side):
        all_shapes[name + ".0.weight"] = (out, inputs, side, side)
        for part in ("weight", "bias", "running_mean", "running_var"):
            all_shapes[name + ".1." + part] = (out,)
        all_shapes[name + ".1.num_batches_tracked"] = ()

    def linear(name, out, inputs):
        all_shapes[name + ".weight"] = (out, inputs)
        all_shapes[name + ".bias"] = (out,)

    conv("features.0", net["stem"], 1, 3)
    channels = net["stem"]
    for i, (kernel, expanded, out, squeezed, _, _) in enumerate(net["blocks"], 1):
        part = 0
        if expanded != channels:
            conv(f"features.{i}.block.{part}", expanded, channels, 1)
            part += 1
        conv(f"features.{i}.block.{part}", expanded, 1, kernel)
        part += 1
        if squeezed:
            linear(f"features.{i}.block.{part}.conc_se_layers.0.fc1", squeezed, expanded)
            linear(f"features.{i}.block.{part}.conc_se_layers.0.fc2", expanded, squeezed)
            part += 1
        conv(f"features.{i}.block.{part}", out, expanded, 1)
        channels = out
    conv(f"features.{len(net['blocks']) + 1}", net["last"], channels, 1)
    linear("classifier.2", net["hidden"], net["last"])
    linear("classifier.5", net["classes"], net["hidden"])
    return all_shapes


def state_of(net):
    return {name: tensor(name, shape) if shape else np.int64(len(name)) for name, shape in shapes(net).items()}


def swish(x):
    return x * np.clip(x + 3, 0, 6) / 6


def forward(net, state, log_mel):
    """log_mel [frames, bands] to embedding and logits, all in float64; maps are [channels, bands, frames]."""
    value = {name: np.asarray(v, np.float64) for name, v in state.items()}

    def norm(name, x):
        factor = value[name + ".weight"] / np.sqrt(value[name + ".running_var"] + 0.001)
        bias = value[name + ".bias"] - value[name + ".running_mean"] * factor
        return x * factor[:, None, None] + bias[:, None, None]

    def spatial(name, x, stride, depthwise):
        kernel = value[name + ".0.weight"]
        side = kernel.shape[2]
        pad = (side - 1) // 2
        padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
        rows, columns = [(n + 2 * pad - side) // stride + 1 for n in x.shape[1:]]
        out = np.zeros((kernel.shape[0], rows, columns))
        for r in range(side):
            for c in range(side):
                seen = padded[:, r:r + stride * (rows - 1) + 1:stride, c:c + stride * (columns - 1) + 1:stride]
                if depthwise:
                    out += kernel[:, 0, r, c][:, None, None] * seen
                else:
                    out += np.tensordot(kernel[:, :, r, c], seen, 1)
        return norm(name + ".1", out)

    def pointwise(name, x):
        return norm(name + ".1", np.tensordot(value[name + ".0.weight"][:, :, 0, 0], x, 1))

    def linear(name, x):
        return value[name + ".weight"] @ x + value[name + ".bias"]

    x = ((log_mel.astype(np.float64).T + 4.5) / 5)[None]
    x = swish(spatial("features.0", x, 2, False))
    for i, (kernel, expanded, out, squeezed, hard, stride) in enumerate(net["blocks"], 1):
        act = swish if hard else lambda y: np.maximum(y, 0)
        before, part = x, 0
        if expanded != x.shape[0]:
            x = act(pointwise(f"features.{i}.block.{part}", x))
            part += 1
        x = act(spatial(f"features.{i}.block.{part}", x, stride, True))
        part += 1
        if squeezed:
            name = f"features.{i}.block.{part}.conc_se_layers.0.fc"
            inside = np.maximum(linear(name + "1", x.mean(axis=(1, 2))), 0)
            x = x * (1 / (1 + np.exp(-linear(name + "2", inside))))[:, None, None]
            part += 1
        x = pointwise(f"features.{i}.block.{part}", x)
        if stride == 1 and before.shape[0] == out:
            x = x + before
    x = swish(pointwise(f"features.{len(net['blocks']) + 1}", x))
    embedding = x.mean(axis=(1, 2))
    return embedding, linear("classifier.5", swish(linear("classifier.2", embedding)))


# --- the front end -----------------------------------------------------------------------------------------------------

def mel_filters():
    """[bands, bins], triangles in mel."""
    def mel(hz):
        return 1127 * np.log(1 + hz / 700)
    points = np.linspace(0, mel(TOP_HZ), BANDS + 2)
    bins = mel(np.arange(FFT // 2 + 1) * RATE / FFT)
    rising = (bins[None] - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
    falling = (points[2:, None] - bins[None]) / (points[2:] - points[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling))


def log_mel_of(samples):
    """[frames, bands] in float64, before the network's own normalisation."""
    x = np.asarray(samples, np.float64)
    x = x[1:] - 0.97 * x[:-1]
    x = np.pad(x, FFT // 2, mode="reflect")
    window = np.zeros(FFT)
    start = (FFT - WINDOW) // 2
    window[start:start + WINDOW] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / (WINDOW - 1))
    frames = np.stack([x[t:t + FFT] * window for t in range(0, len(x) - FFT + 1, HOP)])
    power = np.abs(np.fft.rfft(frames)) ** 2
    return np.log(power @ mel_filters().T + 1e-5)


def signal(count):
    i = np.arange(count)
    return (0.5 * np.sin(2 * np.pi * 997 * i / RATE) + 0.25 * generated(11, count)).astype(np.float32)


def patch(frames):
    return (4 * generated(7, frames * BANDS) - 4).astype(np.float32).reshape(frames, BANDS)


# --- beside PyTorch ----------------------------------------------------------------------------------------------------

def torch_model(net):
    from torch import nn

    def conv(inputs, out, side=1, stride=1, groups=1, act=None):
        layers = [nn.Conv2d(inputs, out, side, stride, (side - 1) // 2, groups=groups, bias=False),
                  nn.BatchNorm2d(out, eps=0.001)]
        return nn.Sequential(*layers, *([act()] if act else []))

    class Gate(nn.Module):
        def __init__(self, channels, squeezed):
            super().__init__()
            self.fc1, self.fc2 = nn.Linear(channels, squeezed), nn.Linear(squeezed, channels)

        def forward(self, x):
            gate = self.fc2(self.fc1(x.mean((2, 3))).relu()).sigmoid()
            return x * gate[:, :, None, None]

    class Gates(nn.Module):
        def __init__(self, channels, squeezed):
            super().__init__()
            self.conc_se_layers = nn.ModuleList([Gate(channels, squeezed)])

        def forward(self, x):
            return self.conc_se_layers[0](x)

    class Residual(nn.Module):
        def __init__(self, inputs, kernel, expanded, out, squeezed, hard, stride):
            super().__init__()
            act = nn.Hardswish if hard else nn.ReLU
            parts = [conv(inputs, expanded, act=act)] if expanded != inputs else []
            parts.append(conv(expanded, expanded, kernel, stride, expanded, act))
            parts += [Gates(expanded, squeezed)] if squeezed else []
            self.block = nn.Sequential(*parts, conv(expanded, out))
            self.adds = stride == 1 and inputs == out

        def forward(self, x):
            return self.block(x) + x if self.adds else self.block(x)

    class Whole(nn.Module):
        def __init__(self):
            super().__init__()
            layers, channels = [conv(1, net["stem"], 3, 2, act=nn.Hardswish)], net["stem"]
            for kernel, expanded, out, squeezed, hard, stride in net["blocks"]:
                layers.append(Residual(channels, kernel, expanded, out, squeezed, hard, stride))
                channels = out
            self.features = nn.Sequential(*layers, conv(channels, net["last"], act=nn.Hardswish))
            self.classifier = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Linear(net["last"], net["hidden"]),
                                            nn.Hardswish(), nn.Dropout(0.2), nn.Linear(net["hidden"], net["classes"]))

        def forward(self, log_mel):
            return self.classifier(self.features(((log_mel.t() + 4.5) / 5)[None, None]))[0]

    return Whole().eval()


def compare_with_torch(folder, nets):
    try:
        import torch
    except ImportError:
        return print("PyTorch is not installed: nothing is compared, small.pt stays")
    for name, (net, frames, logits) in nets.items():
        model = torch_model(net)
        model.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in state_of(net).items()}, strict=True)
        with torch.no_grad():
            found = model(torch.from_numpy(patch(frames))).numpy()
        print(f"{name}: largest difference of a logit beside PyTorch {torch.__version__}: {np.abs(found - logits).max():.2g}")
        if name == "small":
            torch.save(model.state_dict(), f"{folder}/small.pt")
    samples = torch.from_numpy(signal(7000))
    differences = torch.nn.functional.conv1d(samples[None, None], torch.tensor([[[-0.97, 1.0]]]))[0]
    spectrum = torch.stft(differences, FFT, HOP, WINDOW, torch.hann_window(WINDOW, periodic=False), center=True,
                          return_complex=True)[0].abs() ** 2
    log_mel = torch.log(torch.from_numpy(mel_filters()).float() @ spectrum + 1e-5).t().numpy()
    print(f"log-mel: largest difference beside torch.stft in float32: {np.abs(log_mel - log_mel_of(signal(7000))).max():.2g}")


def main(folder):
    golden, nets = {}, {}
    for name, net, frames in (("small", small(), 37), ("small", small(), 16), ("mn04", efficientat(0.4), 100),
                              ("mn10", efficientat(1.0), 250)):
        embedding, logits = forward(net, state_of(net), patch(frames))
        nets[name] = (net, frames, logits)
        golden[f"{name}_{frames}"] = {"embedding": embedding.tolist(), "logits": logits.tolist()}
    golden["log_mel"] = log_mel_of(signal(7000)).reshape(-1).tolist()
    text = json.dumps(golden, default=float)
    text = json.dumps(json.loads(text, parse_float=lambda t: float(f"{float(t):.8g}")))
    with open(f"{folder}/golden.json", "w", encoding="ascii") as file:
        file.write(text.replace("}, ", "},\n") + "\n")
    print({name: (len(v["logits"]) if isinstance(v, dict) else len(v)) for name, v in golden.items()})
    for width in (0.4, 1.0):
        print(width, sum(int(np.prod(s)) for n, s in shapes(efficientat(width)).items()
                         if s and "running" not in n), "parameters without statistics")
    compare_with_torch(folder, nets)


main(sys.argv[1])
