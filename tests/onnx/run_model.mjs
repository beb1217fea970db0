// SPDX-License-Identifier: Apache-2.0
// node run_model.mjs PACKAGES onnxruntime-node|onnxruntime-web MODEL OUTPUTS.json NAMES ROWS:WAVEFORMS.f32 ...
// Runs an exported model on batches of waveforms, one call each, on one thread, and writes the outputs of these names
// (with commas between; empty: all) as JSON.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const [packages, name, model, written, names, ...batches] = process.argv.slice(2);
const ort = createRequire(packages + '/from-here.js')(name);
const web = name === 'onnxruntime-web';
if (web) ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(web ? fs.readFileSync(model) : model,
  { executionProviders: [web ? 'wasm' : 'cpu'], intraOpNumThreads: 1, logSeverityLevel: 3 });

const calls = [];
for (const batch of batches) {
  const [rows, file] = [Number(batch.slice(0, batch.indexOf(':'))), batch.slice(batch.indexOf(':') + 1)];
  const bytes = fs.readFileSync(file);
  const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const outputs = await session.run(
    { waveform: new ort.Tensor('float32', samples, [rows, samples.length / rows]) },
    names ? names.split(',') : undefined);
  calls.push(Object.fromEntries(Object.entries(outputs).map(
    ([key, tensor]) => [key, { dims: tensor.dims.map(Number), values: Array.from(tensor.data, Number) }])));
}
fs.writeFileSync(written, JSON.stringify(calls));
