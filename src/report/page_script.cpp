// SPDX-License-Identifier: Apache-2.0
#include "report/internal/page_parts.h"

namespace soundfold::report {

// Pages are read without it. What it adds: sorted tables, one sound at a time, links that play, keys within the cards,
// the map's points and classes.
const char* const kPageScript = R"(
'use strict';
const all=(what,where=document)=>[...where.querySelectorAll(what)],by=id=>document.getElementById(id);
const block=by('numbers'),numbers=block?JSON.parse(block.textContent):{};

for(const t of all('table.sortable'))all('th',t).forEach(th=>{
const b=document.createElement('button'),c=th.cellIndex;b.append(...th.childNodes);th.append(b);
b.onclick=()=>{const up=th.getAttribute('aria-sort')!=='ascending';
for(const o of all('th',t))o.removeAttribute('aria-sort');
th.setAttribute('aria-sort',up?'ascending':'descending');
const v=r=>{const s=r.cells[c].textContent.trim(),n=parseFloat(s);return isNaN(n)?s:n};
const a=(x,y)=>typeof x===typeof y?(x<y?-1:x>y?1:0):typeof x==='number'?-1:1;
t.tBodies[0].append(...[...t.tBodies[0].rows].sort((x,y)=>(up?1:-1)*a(v(x),v(y))))}});

const toggle=audio=>audio.paused?audio.play():audio.pause();
const mark=()=>{for(const a of all('a.hear')){const s=by(a.hash.slice(1));a.classList.toggle('playing',!!s&&!s.paused)}};
document.addEventListener('play',e=>{for(const a of all('audio'))if(a!==e.target)a.pause();mark()},true);
document.addEventListener('pause',mark,true);

const reveal=()=>{const e=location.hash.length>1&&by(decodeURIComponent(location.hash.slice(1)));if(!e)return;
for(let d=e.closest('details');d;d=d.parentElement.closest('details'))d.open=true;
e.scrollIntoView({block:'nearest'});if(!e.hasAttribute('tabindex'))e.tabIndex=-1;e.focus({preventScroll:true})};
addEventListener('hashchange',reveal);reveal();

const told=by('point'),map=document.querySelector('.map');
const sentence=(sound)=>{const s=numbers.sounds[sound],names=numbers.evaluation.class_names;
const given=k=>k.map(i=>names[i]).join('; ')||'(none)';
const answers=numbers.clips.filter(c=>c.sound===sound).map(c=>'given as '+given(c.predicted)+', probability '+c.probability.toFixed(4)+(c.round?' ('+c.round+')':''));
return s.name+': '+s.labels+(answers.length?'; '+answers.join('; '):'; in training only')};
document.addEventListener('click',e=>{
const hear=e.target.closest('a.hear'),point=e.target.closest('[data-point]');
const sound=hear?by(hear.hash.slice(1)):point?by('sound-'+point.dataset.point):null;
if(point&&told){told.textContent=sentence(+point.dataset.point)+(sound?'. ':'. Its sound is not on this page.');
const card=sound&&sound.closest('.card');
if(card){const a=document.createElement('a');a.href='#'+card.id;a.textContent='Its card';told.append(a)}}
if(sound){e.preventDefault();toggle(sound)}});

if(map)for(const li of all('.legend li')){const b=document.createElement('button');b.type='button';
b.setAttribute('aria-pressed','false');b.append(...li.childNodes);li.append(b);
b.onclick=()=>{const on=b.getAttribute('aria-pressed')!=='true';
for(const o of all('.legend button'))o.setAttribute('aria-pressed','false');
b.setAttribute('aria-pressed',on);map.classList.toggle('one',on);
for(const g of all('g[data-class]',map))g.classList.toggle('on',g.dataset.class===li.dataset.class)}}

const cards=all('.card');
for(const c of cards){c.tabIndex=0;c.addEventListener('keydown',e=>{
if(e.target!==c||e.ctrlKey||e.altKey||e.metaKey)return;
const to=cards[cards.indexOf(c)+({j:1,ArrowRight:1,k:-1,ArrowLeft:-1}[e.key]||0)],a=c.querySelector('audio');
if(e.key==='p'||e.key===' '){if(a){e.preventDefault();toggle(a)}}else if(to&&to!==c){e.preventDefault();to.focus()}})}
)";

}  // namespace soundfold::report
