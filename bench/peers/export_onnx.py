# SPDX-License-Identifier: Apache-2.0
"""Writes the network of a yamnet.pt as ONNX graphs for ONNX Runtime, batch norm folded into the convolutions:

  yamnet.onnx        float32: patches [P, 1, 96, 64] -> embeddings [P, 1024], scores [P, 521]
  yamnet_int8.onnx   the same in int8, with the scales the weights were trained for (kept in the file's metadata)

and, with --model MODEL.pt, Soundfold's exported model as one graph from waveform to mean logits, for each --samples:

  model_<samples>.onnx   waveform [N] -> logits [K]; spectra as a convolution, for ONNX Runtime has no fast FFT
"""

import argparse
import math
import pathlib

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

import yamnet_torch

LAYERS = ["layer1"] + [f"layer{n}.{part}" for n in range(2, 15) for part in ("depthwise", "pointwise")]
STRIDE_2 = {"layer1"} | {f"layer{n}.depthwise" for n in (3, 5, 7, 13)}
OPSET = 13


class Graph:
    """An ONNX graph under construction."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(values), name))
        return name

    def add(self, operator, inputs, output, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def save(self, path, inputs, outputs):
        def values(shapes):
            return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]

        graph = helper.make_graph(self.nodes, "yamnet", values(inputs), values(outputs), self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))


def convolution_attributes(layer, kernel):
    side = kernel.shape[2]
    pads = [0, 0, 0, 0] if side == 1 else [0, 0, 1, 1] if layer in STRIDE_2 else [1, 1, 1, 1]
    stride = 2 if layer in STRIDE_2 else 1
    return {"kernel_shape": [side, side], "pads": pads, "strides": [stride, stride],
            "group": kernel.shape[0] if layer.endswith("depthwise") else 1}


def folded(weights, layer):
    """Kernel and bias of a layer with its batch norm folded in, float64."""
    def get(part):
        return weights[f"network.{layer}.{part}"].double().numpy()

    scale = 1 / numpy.sqrt(get("variance") + 1e-4)
    return get("kernel") * scale[:, None, None, None], get("beta") - get("mean") * scale


def add_float_network(graph, weights, relu6, x):
    """Nodes from patches to embeddings."""
    bounds = [graph.constant("zero", numpy.float32(0)), graph.constant("six", numpy.float32(6))]
    for layer in LAYERS:
        kernel, bias = folded(weights, layer)
        inputs = [x, graph.constant(layer + ".kernel", kernel.astype(numpy.float32)),
                  graph.constant(layer + ".bias", bias.astype(numpy.float32))]
        x = graph.add("Conv", inputs, layer + ".sums", **convolution_attributes(layer, kernel))
        x = graph.add("Clip", [x, *bounds], layer) if relu6 else graph.add("Relu", [x], layer)
    return graph.add("Flatten", [graph.add("GlobalAveragePool", [x], "mean")], "embeddings")


def export_float(weights, relu6, path):
    graph = Graph()
    embeddings = add_float_network(graph, weights, relu6, "patches")
    kernel = graph.constant("classifier.kernel", weights["network.classifier_kernel"].numpy())
    bias = graph.constant("classifier.bias", weights["network.classifier_bias"].numpy())
    graph.add("Sigmoid", [graph.add("Gemm", [embeddings, kernel, bias], "logits", transB=1)], "scores")
    graph.save(path, {"patches": ["P", 1, 96, 64]}, {"embeddings": ["P", 1024], "scores": ["P", 521]})


class Quantizer:
    """Adds quantize-dequantize pairs, the form ONNX Runtime's optimiser turns into integer operators."""

    def __init__(self, graph):
        self.graph = graph

    def activation(self, x, name, scale, zero_point):
        """x through uint8: what is below or above its range saturates, which is also the activation function."""
        parameters = [self.graph.constant(name + ".scale", numpy.float32(scale)),
                      self.graph.constant(name + ".zero", numpy.uint8(zero_point + 128))]
        quantized = self.graph.add("QuantizeLinear", [x, *parameters], name + ".u8")
        return self.graph.add("DequantizeLinear", [quantized, *parameters], name)

    def kernel(self, name, kernel, scales):
        """Symmetric int8 with one scale per output channel, or one for all."""
        shaped = scales.reshape([-1] + [1] * (kernel.ndim - 1))
        values = numpy.clip(numpy.rint(kernel / shaped), -127, 127).astype(numpy.int8)
        zeros = numpy.zeros(scales.shape, numpy.int8)
        inputs = [self.graph.constant(name + ".s8", values),
                  self.graph.constant(name + ".scale", scales.astype(numpy.float32)),
                  self.graph.constant(name + ".zero", zeros)]
        return self.graph.add("DequantizeLinear", inputs, name, **({"axis": 0} if scales.ndim else {}))

    def bias(self, name, bias, scales):
        inputs = [self.graph.constant(name + ".s32", numpy.rint(bias / scales).astype(numpy.int32)),
                  self.graph.constant(name + ".scale", scales.astype(numpy.float32)),
                  self.graph.constant(name + ".zero", numpy.zeros(scales.shape, numpy.int32))]
        return self.graph.add("DequantizeLinear", inputs, name, **({"axis": 0} if scales.ndim else {}))


def export_int8(weights, quantization, path):
    graph = Graph()
    quantizer = Quantizer(graph)
    scale = quantization["input_scale"]
    x = quantizer.activation("patches", "input", scale, quantization["input_zero_point"])
    for layer, output in zip(LAYERS, quantization["layers"]):
        assert output["name"] == layer, (output["name"], layer)
        kernel, bias = folded(weights, layer)
        kernel_scales = numpy.abs(kernel).max((1, 2, 3)) / 127
        inputs = [x, quantizer.kernel(layer + ".kernel", kernel, kernel_scales),
                  quantizer.bias(layer + ".bias", bias, kernel_scales * scale)]
        x = graph.add("Conv", inputs, layer + ".sums", **convolution_attributes(layer, kernel))
        scale = output["output_scale"]
        x = quantizer.activation(x, layer, scale, output["output_zero_point"])
    scale = quantization["mean_scale"]
    x = quantizer.activation(graph.add("GlobalAveragePool", [x], "mean"), "pooled", scale,
                             quantization["mean_zero_point"])
    embeddings = graph.add("Flatten", [x], "embeddings")
    kernel = weights["network.classifier_kernel"].double().numpy()
    kernel_scale = numpy.array(numpy.abs(kernel).max() / 127)
    inputs = [embeddings, quantizer.kernel("classifier.kernel", kernel, kernel_scale),
              quantizer.bias("classifier.bias", weights["network.classifier_bias"].double().numpy(),
                             kernel_scale * scale)]
    output = quantization["classifier"]
    x = quantizer.activation(graph.add("Gemm", inputs, "sums", transB=1), "logits", output["output_scale"],
                             output["output_zero_point"])
    graph.add("Sigmoid", [x], "scores")
    graph.save(path, {"patches": ["P", 1, 96, 64]}, {"embeddings": ["P", 1024], "scores": ["P", 521]})


def fourier_kernels():
    """Cosines and sines of 257 bins under the window, as convolution kernels [514, 1, 400]."""
    window = torch.hann_window(400, periodic=True, dtype=torch.float64).numpy()
    phases = 2 * math.pi * numpy.outer(numpy.arange(257), numpy.arange(400)) / 512
    return (numpy.concatenate([numpy.cos(phases), numpy.sin(phases)]) * window)[:, None, :].astype(numpy.float32)


def add_front_end(graph, mel_matrix, samples):
    """Nodes from `samples` samples to patches [P, 1, 96, 64]."""
    padded = yamnet_torch.FrontEnd.padded(torch.zeros(samples)).shape[0]
    frames = 1 + (padded - 400) // 160
    x = graph.add("Reshape", ["waveform", graph.constant("row", numpy.int64([1, 1, samples]))], "waveform.row")
    x = graph.add("Pad", [x, graph.constant("pads", numpy.int64([0, 0, 0, 0, 0, padded - samples]))], "padded")
    x = graph.add("Conv", [x, graph.constant("fourier", fourier_kernels())], "fourier.sums", strides=[160])
    x = graph.add("Reshape", [x, graph.constant("parts", numpy.int64([2, 257, frames]))], "spectra")
    x = graph.add("ReduceL2", [x], "magnitudes", axes=[0], keepdims=0)
    x = graph.add("MatMul", [graph.constant("mel", mel_matrix.t().numpy()), x], "mel.sums")
    x = graph.add("Add", [x, graph.constant("offset", numpy.float32(0.001))], "mel.above_zero")
    x = graph.add("Log", [x], "log")
    x = graph.add("Transpose", [x], "log_mel", perm=[1, 0])
    rows = numpy.arange(0, frames - 95, 48)[:, None] + numpy.arange(96)
    x = graph.add("Gather", [x, graph.constant("rows", rows.astype(numpy.int64))], "patches.rows", axis=0)
    return graph.add("Unsqueeze", [x, graph.constant("channel", numpy.int64([1]))], "patches")


def export_model(model_path, weights, relu6, samples, path):
    """The exported model with a head of linear and relu layers over frames, from waveform to mean logits."""
    head = [values for name, values in torch.jit.load(model_path).state_dict().items() if name.startswith("head.")]
    graph = Graph()
    x = add_float_network(graph, weights, relu6, add_front_end(graph, weights["mel_matrix"], samples))
    for layer in range(0, len(head), 2):
        kernel, bias = sorted(head[layer:layer + 2], key=lambda values: -values.dim())
        inputs = [x, graph.constant(f"head{layer}.kernel", kernel.numpy()),
                  graph.constant(f"head{layer}.bias", bias.numpy())]
        x = graph.add("Gemm", inputs, f"head{layer}", transB=1)
        if layer + 2 < len(head):
            x = graph.add("Relu", [x], f"head{layer}.relu")
    graph.add("ReduceMean", [x], "logits", axes=[0], keepdims=0)
    graph.save(path, {"waveform": [samples]}, {"logits": [head[-1].shape[0]]})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True, help="a yamnet.pt")
    parser.add_argument("--model", help="a model.pt with the tutorial's head")
    parser.add_argument("--samples", type=int, nargs="*", default=[15600, 80000])
    parser.add_argument("--out", required=True, type=pathlib.Path)
    arguments = parser.parse_args()

    arguments.out.mkdir(parents=True, exist_ok=True)
    weights, metadata = yamnet_torch.read_weights(arguments.weights)
    relu6 = metadata["activation"] == "relu6"
    export_float(weights, relu6, arguments.out / "yamnet.onnx")
    if "quantization" in metadata:
        export_int8(weights, metadata["quantization"], arguments.out / "yamnet_int8.onnx")
    if arguments.model:
        for samples in arguments.samples:
            export_model(arguments.model, weights, relu6, samples, arguments.out / f"model_{samples}.onnx")


if __name__ == "__main__":
    main()
