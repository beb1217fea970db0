// SPDX-License-Identifier: Apache-2.0
// Patches per second of a YAMNet graph in ONNX Runtime, one JSON line per batch size:
//   node onnx_backbone.mjs --runtime FOLDER --model M.onnx --patches P.f32 --threads 1 --batches 1,10,32 --seconds 1
// With --out F.f32 it writes the embeddings of all patches instead.
import { writeFileSync } from 'node:fs';

import { loadRuntime, openSession, parseArguments, readFloats } from './onnx_session.mjs';

const PATCH_VALUES = 96 * 64;

const options = parseArguments(process.argv);
const runtime = loadRuntime(options.runtime);
const session = await openSession(runtime, options.model, Number(options.threads ?? 1));
const patches = readFloats(options.patches);
const available = patches.length / PATCH_VALUES;

async function run(first, count) {
  const values = patches.subarray(first * PATCH_VALUES, (first + count) * PATCH_VALUES);
  const { embeddings } = await session.run({ patches: new runtime.Tensor('float32', values, [count, 1, 96, 64]) });
  return embeddings.data;
}

async function rate(batch, seconds) {
  for (let i = 0; i < 3; ++i) await run(0, batch);
  const cpu = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  let first = 0;
  while (performance.now() - start < 1000 * seconds) {
    await run(first, batch);
    done += batch;
    first = first + 2 * batch <= available ? first + batch : 0;
  }
  const elapsed = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  return { batch, patches_per_s: done / elapsed, cpu_s_per_patch: (used.user + used.system) / 1e6 / done };
}

if (options.out) {
  const parts = [];
  for (let first = 0; first < available; first += 32) parts.push(Buffer.from(new Float32Array(
    await run(first, Math.min(32, available - first))).buffer));
  writeFileSync(options.out, Buffer.concat(parts));
} else {
  for (const batch of options.batches.split(',').map(Number)) {
    console.log(JSON.stringify(await rate(batch, Number(options.seconds ?? 1))));
  }
}
