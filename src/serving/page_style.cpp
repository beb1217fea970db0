// SPDX-License-Identifier: Apache-2.0
#include "serving/page.h"

namespace soundfold::serving {

const char* const kServedBody = R"(<main>
<section aria-label="Sound">
<div id="drop">
<button type="button" id="choose">Choose a sound file</button>
<input type="file" id="file" accept="audio/*,video/*" tabindex="-1" hidden>
<span class="faint">or drop one here, or</span>
<button type="button" id="record" aria-pressed="false">Use the microphone</button>
</div>
<p id="status" role="status">Nothing classified yet. Sounds go to this server only, and it keeps none.</p>
<p id="level" hidden><label>Level <meter id="meter" min="-80" max="0" low="-60" value="-80"></meter></label>
<span id="dbfs"></span></p>
</section>
<section id="result" hidden>
<h2>Answer</h2>
<p class="big" id="answer"></p>
<p id="rest" class="faint"></p>
<audio id="player" controls hidden></audio>
<figure>
<canvas id="picture" role="img" aria-label="Spectrogram"></canvas>
<figcaption id="caption" class="faint"></figcaption>
</figure>
<h2>Events</h2>
<p class="faint">Windows next to each other with the same answer. A window has <span id="window"></span> s.</p>
<div class="wide" tabindex="0" role="region" aria-label="Events"><table>
<thead><tr><th scope="col">From</th><th scope="col">To</th><th scope="col">Class</th><th scope="col">Probability</th>
<th scope="col">Level</th></tr></thead>
<tbody id="events"></tbody></table></div>
</section>
</main>
<footer>
<h2>For programs</h2>
<pre id="curl"></pre>
<p>The <a href="v2">inference protocol</a>, version 2; <a href="metrics">numbers for Prometheus</a>;
<a href="healthz">health</a>.</p>
</footer>
)";

const char* const kServedStyle = R"(
body{max-width:1100px}[hidden]{display:none!important}
#drop{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:center;padding:1.2rem;border:2px dashed var(--line);border-radius:8px;background:var(--card)}
#drop.over{border-color:var(--link)}
#drop button{font:inherit;padding:.6rem 1.1rem;border:1px solid var(--link);border-radius:8px;background:var(--paper);color:var(--link);cursor:pointer}
#drop button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
#drop button[aria-pressed=true]{background:var(--link);color:var(--paper)}
#drop button:disabled{opacity:.6;cursor:default}
#meter{width:min(60vw,20rem);vertical-align:middle}
#picture{width:100%;display:block;border-radius:4px}
#status.wrong{border-left:4px solid #c0392b;padding-left:.6rem}
)";

}  // namespace soundfold::serving
