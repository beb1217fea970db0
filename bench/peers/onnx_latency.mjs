// SPDX-License-Identifier: Apache-2.0
// Latency of a graph from waveform to logits in ONNX Runtime, as one JSON line:
//   node onnx_latency.mjs --runtime FOLDER --model M.onnx --waveform W.f32 --threads 1 --repeats 200
import { loadRuntime, openSession, parseArguments, readFloats } from './onnx_session.mjs';

const options = parseArguments(process.argv);
const began = performance.now();
const runtime = loadRuntime(options.runtime);
const session = await openSession(runtime, options.model, Number(options.threads ?? 1));
const load_ms = performance.now() - began;
const values = readFloats(options.waveform);
const waveform = new runtime.Tensor('float32', values, [values.length]);

async function answer() {
  const start = performance.now();
  const { logits } = await session.run({ waveform });
  return { ms: performance.now() - start, logits: Array.from(logits.data) };
}

const first = await answer();
const times = [];
for (let i = 0; i < Number(options.repeats ?? 200); ++i) times.push((await answer()).ms);
console.log(JSON.stringify({
  load_ms,
  first_ms: first.ms,
  times_ms: times,
  logits: first.logits,
  resident_kb: process.memoryUsage().rss / 1024,
}));
