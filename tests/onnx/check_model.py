# SPDX-License-Identifier: Apache-2.0
"""check_model.py MODEL.onnx: onnx's own checker and shape inference, strict; prints each output's type and shape."""

import sys

import onnx

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
declared = {value.name for value in model.graph.output}
for value in inferred.graph.output:
    shape = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
    print(value.name, onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type), *shape)
known = {value.name for value in inferred.graph.value_info} | declared
missing = [name for node in inferred.graph.node for name in node.output if name not in known]
assert not missing, f"no type was inferred of {missing}"
