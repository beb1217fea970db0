// SPDX-License-Identifier: Apache-2.0
// node run_in_browser.mjs PACKAGES CHROMIUM MODEL OUTPUTS.json NAMES ROWS:WAVEFORMS.f32 ...
// As run_model.mjs, but onnxruntime-web runs in a page of headless Chromium, which a server on loopback gives it.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

const [packages, chromium, model, written, names, ...batches] = process.argv.slice(2);
const library = path.join(packages, 'node_modules/onnxruntime-web/dist');
const calls = batches.map((batch) => {
  const colon = batch.indexOf(':');
  return { rows: Number(batch.slice(0, colon)), file: batch.slice(colon + 1) };
});

const page = `<!doctype html><script src="/ort/ort.wasm.min.js"></script><script type="module">
async function answers() {
  ort.env.wasm.wasmPaths = location.origin + '/ort/';
  ort.env.wasm.numThreads = 1;
  const bytes = async (place) => await (await fetch(place)).arrayBuffer();
  const session = await ort.InferenceSession.create(await bytes('/model'), { executionProviders: ['wasm'] });
  const rows = ${JSON.stringify(calls.map((call) => call.rows))}, wanted = ${JSON.stringify(names ? names.split(',') : null)};
  const all = [];
  for (let i = 0; i < rows.length; ++i) {
    const samples = new Float32Array(await bytes('/waveforms/' + i));
    const feeds = { waveform: new ort.Tensor('float32', samples, [rows[i], samples.length / rows[i]]) };
    const outputs = wanted ? await session.run(feeds, wanted) : await session.run(feeds);
    all.push(Object.fromEntries(Object.entries(outputs).map(
      ([key, tensor]) => [key, { dims: tensor.dims.map(Number), values: Array.from(tensor.data, Number) }])));
  }
  return all;
}
const post = (place, text) => fetch(place, { method: 'POST', body: text });
answers().then((all) => post('/answers', JSON.stringify(all)), (error) => post('/error', String(error)));
</script>`;

const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const server = http.createServer((request, response) => {
  const place = request.url.split('?')[0];
  const send = (type, content) => response.writeHead(200, { 'Content-Type': type }).end(content);
  if (request.method === 'POST') {
    const parts = [];
    request.on('data', (part) => parts.push(part)).on('end', () => {
      send('text/plain', 'thanks');
      finish(place === '/answers', Buffer.concat(parts).toString());
    });
  } else if (place === '/') {
    send('text/html', page);
  } else if (place === '/model') {
    send('application/octet-stream', fs.readFileSync(model));
  } else if (place.startsWith('/waveforms/')) {
    send('application/octet-stream', fs.readFileSync(calls[Number(place.slice(11))].file));
  } else if (place.startsWith('/ort/') && fs.existsSync(path.join(library, path.basename(place)))) {
    send(types[path.extname(place)], fs.readFileSync(path.join(library, path.basename(place))));
  } else {
    response.writeHead(404).end();
  }
});

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'soundfold-browser-'));
let browser;
function finish(good, text) {
  clearTimeout(limit);
  if (good) fs.writeFileSync(written, text);
  else console.error(text);
  browser.once('exit', () => {
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    process.exit(good ? 0 : 1);
  });
  browser.kill('SIGKILL');
}
const limit = setTimeout(() => finish(false, 'the browser gave no answer in 300 s'), 300000);
server.listen(0, '127.0.0.1', () => {
  browser = spawn(chromium, ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
    `--user-data-dir=${profile}`, `http://127.0.0.1:${server.address().port}/`], { stdio: 'ignore' });
});
