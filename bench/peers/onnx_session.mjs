// SPDX-License-Identifier: Apache-2.0
// What the two ONNX Runtime programs share: arguments, the library from its cache folder, and a session.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** --name value pairs as an object. */
export function parseArguments(argv) {
  const values = {};
  for (let i = 2; i < argv.length; i += 2) values[argv[i].replace(/^--/, '')] = argv[i + 1];
  return values;
}

/** onnxruntime-node out of the node_modules of a folder outside the project. */
export function loadRuntime(folder) {
  return createRequire(path.join(path.resolve(folder), 'package.json'))('onnxruntime-node');
}

/** A session on the CPU with every graph optimisation. */
export function openSession(runtime, model, threads) {
  return runtime.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
}

/** A file of little-endian float32 values. */
export function readFloats(file) {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
