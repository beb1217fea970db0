// SPDX-License-Identifier: Apache-2.0
#include "serving/page.h"

namespace soundfold::serving {

const char* const kServedScript = R"(
'use strict';
const by = id => document.getElementById(id), numbers = JSON.parse(by('numbers').textContent);
const shownSeconds = 12, mostEvents = 500, mostRows = 8;
const percent = share => (100 * share).toFixed(share > 0.1 ? 0 : 1) + ' %';

by('window').textContent = numbers.windowSeconds.toFixed(2);
const here = new URL('classify', location.href).href;
by('curl').textContent = 'curl -F file=@sound.wav "' + here + '?windows=1"\n' +
  'curl -H "Content-Type: audio/wav" --data-binary @sound.wav ' + here;

const tell = (text, wrong = false) => {
  if (by('status').textContent !== text) by('status').textContent = text;
  by('status').classList.toggle('wrong', wrong);
};

// The answer of the server to the bytes of a sound file. Throws an Error with a line for people.
const classify = async body => {
  const response = await fetch('classify?windows=1&top=10',
    {method: 'POST', body, headers: {'Content-Type': 'application/octet-stream'}}).catch(() => null);
  if (!response) throw new Error('The server does not answer.');
  const answer = await response.json().catch(() => ({error: 'The server answered ' + response.status + '.'}));
  if (!response.ok) throw new Error(answer.error);
  return answer;
};

// Mono samples as a WAV file of 16 bits.
const wavFile = (samples, rate) => {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at, letters) => [...letters].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, 'RIFF'); view.setUint32(4, 36 + 2 * samples.length, true); text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, 'data'); view.setUint32(40, 2 * samples.length, true);
  samples.forEach((s, i) => view.setInt16(44 + 2 * i, Math.round(32767 * Math.max(-1, Math.min(1, s))), true));
  return view.buffer;
};

const turns = new Map();  // cosines of a whole turn in n steps
const turn = n => {
  if (!turns.has(n)) turns.set(n, Float64Array.from({length: n}, (_, i) => Math.cos(2 * Math.PI * i / n)));
  return turns.get(n);
};
// The squared spectrum of `frame`, whose length is a power of two: Cooley and Tukey, in place.
const power = frame => {
  const n = frame.length, re = Float64Array.from(frame), im = new Float64Array(n), cosines = turn(n);
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j]] = [re[j], re[i]];
  }
  for (let size = 2; size <= n; size *= 2) {
    for (let k = 0; k < size / 2; k++) {
      const step = k * n / size, c = cosines[step], s = -cosines[(step + 3 * n / 4) % n];
      for (let i = k; i < n; i += size) {
        const j = i + size / 2, x = c * re[j] - s * im[j], y = c * im[j] + s * re[j];
        re[j] = re[i] - x; im[j] = im[i] - y; re[i] += x; im[i] += y;
      }
    }
  }
  return re.slice(0, n / 2 + 1).map((x, i) => x * x + im[i] * im[i]);
};

const mel = hz => 1127 * Math.log(1 + hz / 700), hertz = m => 700 * (Math.exp(m / 1127) - 1);
// Decibels of `bands` mel bands in each of `columns` frames over `seconds`, the first beginning at sample 0.
const spectrogram = (samples, rate, seconds, columns, bands) => {
  const length = Math.round(numbers.frameSeconds * rate), size = 2 ** Math.ceil(Math.log2(length));
  const low = mel(numbers.melLowHz), step = (mel(numbers.melHighHz) - low) / bands;
  const edges = Array.from({length: bands + 1}, (_, b) => hertz(low + b * step) * size / rate);
  return Array.from({length: columns}, (_, column) => {
    const start = Math.floor(column / columns * seconds * rate), frame = new Float64Array(size);
    for (let i = 0; i < length && start + i < samples.length; i++) {
      frame[i] = samples[start + i] * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / length));
    }
    const bins = power(frame);
    return edges.slice(0, bands).map((edge, b) => {
      let sum = 0, count = 0;
      for (let k = Math.floor(edge); k <= Math.max(Math.floor(edge), Math.ceil(edges[b + 1]) - 1) && k < bins.length; k++) {
        sum += bins[k]; count++;
      }
      return 10 * Math.log10(sum / Math.max(1, count) + 1e-9);
    });
  });
};

const colour = share => numbers.colours[Math.round(Math.max(0, Math.min(1, share)) * (numbers.colours.length - 1))];
// The classes with the most to show, most first.
const shownClasses = windows => {
  const totals = new Map();
  for (const w of windows) for (const c of w.classes) totals.set(c.class, (totals.get(c.class) || 0) + c.probability);
  return [...totals].sort((a, b) => b[1] - a[1]).slice(0, mostRows).map(([name]) => name);
};

// Spectrogram, and below it a row for each class, from second `from` on for `seconds`.
const draw = (samples, rate, windows, from, seconds, mostColumns = 600) => {
  const canvas = by('picture'), ratio = window.devicePixelRatio || 1, wide = canvas.clientWidth || 600;
  const classes = shownClasses(windows), row = 26, high = samples ? 180 : 0, total = high + row * classes.length + 22;
  canvas.width = wide * ratio; canvas.height = total * ratio; canvas.style.height = total + 'px';
  const g = canvas.getContext('2d'), style = getComputedStyle(document.body);
  g.scale(ratio, ratio); g.font = '13px system-ui,sans-serif'; g.textBaseline = 'middle';
  const bands = 64, columns = Math.min(mostColumns, wide), x = second => (second - from) / seconds * wide;
  if (samples) {
    const image = spectrogram(samples, rate, seconds, columns, bands);
    const top = Math.max(-60, ...image.map(column => Math.max(...column)));
    image.forEach((column, i) => column.forEach((level, b) => {
      g.fillStyle = colour(1 + (level - top) / 60);
      g.fillRect(i * wide / columns, high - (b + 1) * high / bands, wide / columns + 1, high / bands + 1);
    }));
  }
  classes.forEach((name, k) => {
    const y = high + k * row;
    g.fillStyle = colour(0); g.fillRect(0, y + 2, wide, row - 2);
    windows.forEach((w, i) => {
      const found = w.classes.find(c => c.class === name);
      if (!found) return;
      // Each window fills a hop around its middle, the first and the last also what is before and after.
      const middle = w.start_s + numbers.windowSeconds / 2, half = numbers.hopSeconds / 2;
      const left = x(i ? middle - half : w.start_s), right = x(i < windows.length - 1 ? middle + half : w.end_s);
      g.fillStyle = colour(found.probability);
      g.fillRect(left, y + 2, Math.max(0, right - left) + 0.5, row - 2);
    });
    const label = ' ' + name + ' ';
    g.fillStyle = 'rgba(0,0,0,.65)'; g.fillRect(0, y + 4, Math.min(wide, g.measureText(label).width), row - 6);
    g.fillStyle = '#fff'; g.fillText(label, 0, y + row / 2 + 1, wide);
  });
  g.fillStyle = style.color;
  const step = [0.5, 1, 2, 5, 10, 20, 60, 120].find(s => s / seconds * wide > 60) || 300;
  for (let s = Math.ceil(from / step) * step; s < from + seconds - step / 2; s += step) g.fillText(s + ' s', x(s), total - 9);
  canvas.setAttribute('aria-label', (samples ? 'Spectrogram, and the' : 'The') + ' probability over time of ' +
    (classes.join(', ') || 'no class') + '; the table of events has it in words');
  by('caption').textContent = (samples ? 'Above, the spectrogram from ' + numbers.melLowHz + ' to ' + numbers.melHighHz +
    ' Hz. ' : '') + 'In each row, the probability of a class: ' + 'dark is 0, yellow is 1.';
};

const eventsOf = windows => {
  const events = [];
  for (const w of windows) {
    const best = w.classes[0], last = events[events.length - 1];
    if (!best) continue;
    if (last && last.name === best.class && w.start_s <= last.end + 1e-6) {
      last.end = w.end_s;
      last.probability = Math.max(last.probability, best.probability);
      last.level = Math.max(last.level, w.level_dbfs);
    } else {
      events.push({name: best.class, start: w.start_s, end: w.end_s, probability: best.probability, level: w.level_dbfs});
    }
  }
  return events.slice(-mostEvents);
};

const showEvents = (windows, newestFirst = false) => {
  const rows = eventsOf(windows).map(e => {
    const row = document.createElement('tr');
    const cells = [e.start.toFixed(2) + ' s', e.end.toFixed(2) + ' s', e.name, percent(e.probability),
      e.level.toFixed(0) + ' dBFS'];
    cells.forEach((text, i) => { const cell = row.insertCell(); cell.textContent = text; if (i !== 2) cell.className = 'n'; });
    return row;
  });
  if (!rows.length) {
    const cell = document.createElement('tr').insertCell();
    cell.colSpan = 5; cell.textContent = 'None: no window has an answer.';
    rows.push(cell.parentElement);
  }
  by('events').replaceChildren(...newestFirst ? rows.reverse() : rows);
};

const nameOf = answer => answer.classes.length ? answer.classes[0].class : answer.none || 'nothing';
const showAnswer = answer => {
  by('result').hidden = false;
  by('answer').textContent = nameOf(answer);
  by('rest').textContent = answer.classes.slice(0, 5).map(c => c.class + ' ' + percent(c.probability)).join(', ');
};
const showLevel = dbfs => {
  by('level').hidden = false;
  by('meter').value = dbfs;
  by('dbfs').textContent = dbfs.toFixed(0) + ' dBFS';
};

let redraw = () => {};
addEventListener('resize', () => redraw());
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => redraw());

// A file.
const decoded = async bytes => {
  try {
    const sound = await new OfflineAudioContext(1, 1, numbers.rate).decodeAudioData(bytes);
    const mono = new Float32Array(sound.length);
    for (let c = 0; c < sound.numberOfChannels; c++) sound.getChannelData(c).forEach((s, i) => mono[i] += s / sound.numberOfChannels);
    return mono;
  } catch { return null; }  // the server reads more formats than browsers
};

let address = '';
const takeFile = async file => {
  if (recording) await stopRecording();
  if (file.size > numbers.mostBytes) {
    return tell(file.name + ' is larger than the ' + Math.floor(numbers.mostBytes / 1048576) + ' MiB that this server takes.', true);
  }
  tell('Classifying ' + file.name + ' ...');
  try {
    const answer = await classify(file), samples = await decoded(await file.arrayBuffer());
    const windows = answer.timeline || [];
    showAnswer(answer); showLevel(answer.level_dbfs); showEvents(windows);
    redraw = () => draw(samples, numbers.rate, windows, 0, answer.seconds);
    redraw();
    if (address) URL.revokeObjectURL(address);
    address = URL.createObjectURL(file);
    by('player').src = address; by('player').hidden = !samples;
    by('player').setAttribute('aria-label', file.name);
    tell(file.name + ': ' + nameOf(answer) + ', ' + answer.seconds.toFixed(1) + ' s of sound.');
  } catch (error) { tell(error.message, true); }
};
by('choose').onclick = () => by('file').click();
by('file').onchange = () => { if (by('file').files[0]) takeFile(by('file').files[0]); by('file').value = ''; };
const drop = by('drop');
addEventListener('dragover', e => { e.preventDefault(); drop.classList.add('over'); });
addEventListener('dragleave', e => { if (!e.relatedTarget) drop.classList.remove('over'); });
addEventListener('drop', e => {
  e.preventDefault(); drop.classList.remove('over');
  if (e.dataTransfer.files[0]) takeFile(e.dataTransfer.files[0]);
});
)";

}  // namespace soundfold::serving
