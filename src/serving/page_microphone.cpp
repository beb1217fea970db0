// SPDX-License-Identifier: Apache-2.0
#include "serving/page.h"

namespace soundfold::serving {

const char* const kRecorderScript = R"(
'use strict';
// Gives the page the first channel of a microphone in blocks of about 0.1 s.
class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(Math.ceil(sampleRate / 10));
    this.filled = 0;
  }
  process(inputs) {
    const samples = inputs[0][0];
    if (!samples) return true;
    for (const sample of samples) {
      this.block[this.filled++] = sample;
      if (this.filled < this.block.length) continue;
      this.port.postMessage(this.block.slice());
      this.filled = 0;
    }
    return true;
  }
}
registerProcessor('recorder', Recorder);
)";

const char* const kMicrophoneScript = R"(
// A microphone. Windows lie on one grid from the start of the recording on; each request takes up where the last
// complete window of the one before ended, less what the next one shares with it.
let recording = null;
const windowAndFrame = numbers.windowSeconds + numbers.frameSeconds;  // the samples that a window needs, and a few more
const joined = (blocks, from) => {
  const all = new Float32Array(blocks.reduce((n, b) => n + b.length, 0));
  let at = 0;
  for (const b of blocks) { all.set(b, at); at += b.length; }
  return all.subarray(Math.min(from, all.length));
};

const classifyNew = async r => {
  const samples = joined(r.blocks, r.next - r.dropped), enough = windowAndFrame * r.rate;
  if (r.busy || samples.length < enough) return;
  r.busy = true;
  try {
    const answer = await classify(wavFile(samples, r.rate)), start = r.next / r.rate;
    const complete = (answer.timeline || []).filter(w => w.start_s + windowAndFrame <= answer.seconds + 0.001);
    for (const w of complete) r.windows.push({...w, start_s: w.start_s + start, end_s: w.end_s + start});
    if (r.windows.length > 5000) r.windows.splice(0, r.windows.length - 5000);
    r.next += Math.round(complete.length * numbers.hopSeconds * r.rate);
    const last = complete[complete.length - 1];
    if (!last || recording !== r) return;
    showAnswer(last); showEvents(r.windows, true);
    redraw = () => drawLive(r);
    redraw();
    tell('Recording: ' + nameOf(last) + '.');
  } catch (error) { if (recording === r) tell(error.message, true); } finally { r.busy = false; }
};

const drawLive = r => {
  const end = r.total / r.rate, from = Math.max(0, end - shownSeconds);
  draw(joined(r.blocks, Math.round(from * r.rate) - r.dropped), r.rate,
    r.windows.filter(w => w.end_s > from), from, shownSeconds, 300);
};

const takeBlock = (r, block) => {
  r.blocks.push(block); r.total += block.length;
  // What is neither shown nor yet classified is forgotten; a server that is too slow gets the newest.
  while (r.total - r.dropped > 2 * shownSeconds * r.rate) r.dropped += r.blocks.shift().length;
  r.next = Math.max(r.next, r.dropped);
  const square = block.reduce((sum, s) => sum + s * s, 0) / block.length;
  showLevel(Math.max(-80, 10 * Math.log10(square + 1e-12)));
  classifyNew(r);
};

const startRecording = async () => {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia(
      {audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
  } catch { return tell('The browser gave no access to a microphone.', true); }
  const context = new AudioContext();
  await context.audioWorklet.addModule('recorder.js');
  const r = {stream, context, rate: context.sampleRate, blocks: [], windows: [], next: 0, total: 0, dropped: 0, busy: false};
  const node = new AudioWorkletNode(context, 'recorder', {numberOfOutputs: 0});
  node.port.onmessage = e => { if (recording === r) takeBlock(r, e.data); };
  context.createMediaStreamSource(stream).connect(node);
  recording = r;
  by('player').hidden = true;
  by('record').setAttribute('aria-pressed', 'true'); by('record').textContent = 'Stop the microphone';
  tell('Recording; the first answer comes after ' + numbers.windowSeconds.toFixed(1) + ' s.');
};
const stopRecording = async () => {
  const r = recording;
  recording = null;
  r.stream.getTracks().forEach(track => track.stop());
  await r.context.close();
  by('record').setAttribute('aria-pressed', 'false'); by('record').textContent = 'Use the microphone';
  tell('Stopped after ' + (r.total / r.rate).toFixed(1) + ' s.');
};
if (!navigator.mediaDevices || !window.AudioWorkletNode || !numbers.hopSeconds) {
  by('record').disabled = true;
  tell('Without a microphone: browsers give one to pages over https or from localhost only.');
}
by('record').onclick = () => recording ? stopRecording() : startRecording();
)";

}  // namespace soundfold::serving
