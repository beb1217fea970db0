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
const rows = options.rows ? [Number(options.rows)] : [];  // 1: the graph takes [batch, samples]
const waveform = new runtime.Tensor('float32', values, [...rows, values.length]);

async function answer() {
  const start = performance.now();
  const { logits } = await session.run({ waveform }, ['logits']);
  return { ms: performance.now() - start, logits: Array.from(logits.data) };
}

const first = await answer();
const times = [];
const repeats = Number(options.repeats ?? 200);
const before = process.cpuUsage();
for (let i = 0; i < repeats; ++i) times.push((await answer()).ms);
const spent = process.cpuUsage(before);
console.log(JSON.stringify({
  load_ms,
  first_ms: first.ms,
  times_ms: times,
  cpu_ms: (spent.user + spent.system) / 1000 / Math.max(repeats, 1),
  logits: first.logits,
  resident_kb: process.memoryUsage().rss / 1024,
}));
