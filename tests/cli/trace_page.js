// For trace_page.c, in the page itself: what a page of a trace shows, beside what the trace says, which is read here once more from
// its lines. Each check returns its faults.
'use strict';

// By trace_page.c: the trace's text.
const known = {};

let faults = [];
const fault = text => { if (faults.length < 20) faults.push(text); };
const done = () => { const found = faults; faults = []; return found; };
const every = (selector, within = document) => [...within.querySelectorAll(selector)];
const seen = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility == 'visible';
const press = (key, target = document.body) =>
  target.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));

// ---- the trace ----

// Numbers as the text that stands in the line.
const linesOf = text => text.split('\n').filter(line => line).map(line => {
  try {
    return JSON.parse(line, (key, value, context) => typeof value == 'number' ? context.source : value);
  } catch (e) {
    return null; // from here on it is damaged
  }
});
let lines = null;

function inTrace(ref) {
  const [, line, path, index] = /^(\d+)\.([a-z_.]+)(?:\[(\d+)\])?$/.exec(ref) || [];
  lines = lines || linesOf(known.trace);
  let value = lines[line - 1];
  for (const name of path.split('.')) value = value && value[name];
  return index == undefined ? value : value && value[index];
}

// ---- numbers ----

function checkShown(what) {
  const shown = every('[data-ref]').filter(seen);
  for (const e of shown) {
    const wanted = inTrace(e.dataset.ref);
    if (e.textContent !== String(wanted)) fault(`${what}: ${e.dataset.ref} shows ${e.textContent}, the trace has ${wanted}`);
  }
  for (const panel of every('#formula, #gradient, #why, #proof'))
    if (/undefined|--/.test(panel.textContent)) fault(`${what}: ${panel.id} says "${/.{0,20}(undefined|--).{0,9}/.exec(panel.textContent)[0]}"`);
  return shown.length;
}

const stepShown = () => +/\d+/.exec(document.getElementById('position').textContent)[0];
const stepLast = () => +/of (\d+)/.exec(document.getElementById('position').textContent)[1];

// At every step, by keys alone; and elements that can be chosen, other ones at each step.
function checkNumbers(choose) {
  let count = 0;
  press('Home');
  while (stepShown() > 0) press('ArrowLeft');
  for (let s = 0; ; ++s) {
    if (stepShown() != s) return fault(`step ${stepShown()} is shown, not ${s}`), done();
    count += checkShown(`step ${s}`);
    const cells = choose ? [...new Set(every('[data-element]').map(e => e.dataset.element))] : [], apart = Math.ceil(cells.length / 8);
    for (const cell of cells.filter((c, i) => i % apart == s % apart)) {
      const button = document.querySelector(`[data-element="${cell}"]`);
      if (button) button.click();
      checkShown(`step ${s}, element ${cell}`);
    }
    if (s == stepLast()) break;
    press('ArrowRight');
  }
  if (count < 10) fault(`only ${count} numbers are shown`);
  return done();
}

// Whatever number stands in a picture stands in the trace.
function checkPictures() {
  for (const e of every('svg.g .num, svg.g .num tspan'))
    if (e.children.length == 0 && e.textContent != '–' && !e.dataset.ref && !e.matches('.off, .rounded')) fault(`${e.textContent} has no place in the trace`);
  return done();
}

// The summary of the leaves' gradients: every leaf that got contributions, with a link to the step of each.
function checkTotals() {
  lines = lines || linesOf(known.trace);
  const leaves = {};
  let backwards = 0;
  for (const line of lines) {
    if (line && line.e == 'leaf' && !leaves[line.id]) leaves[line.id] = [];
    backwards += !!line && line.e == 'backward';
    if (line && line.e == 'add' && backwards < 2 && leaves[line.to]) leaves[line.to].push(line.after);
  }
  press('Home');
  while (stepShown() > 0) press('ArrowLeft');
  const wanted = Object.values(leaves).filter(sums => sums.length), rows = every('#totals tbody tr');
  if (backwards == 1 && rows.length < Math.min(wanted.length, 8)) fault(`${rows.length} gradients of leaves are summed up, there are ${wanted.length}`);
  for (const row of rows.slice(0, 8))
    for (const link of every('[data-go]', row)) {
      link.click();
      if (stepShown() != link.dataset.go || !/ gives | starts /.test(document.querySelector('.list .now .said').textContent))
        fault(`the summary leads to step ${stepShown()}`);
    }
  return done();
}

// What is broken is off at first. Switched on, the numbers of both graphs are the trace's or said to be off, and where they part the
// sentence of the step has both.
function checkBreaks() {
  if (every('[data-break][aria-checked=true]').length || every('.figures').some(seen)) fault('a break is on at the start');
  for (const one of every('[data-break]')) {
    one.click();
    if (one.getAttribute('aria-checked') != 'true' || every('.figures').filter(seen).length != 1) fault(`${one.textContent} shows nothing`);
    let told = 0;
    press('Home');
    while (stepShown() > 0) press('ArrowLeft');
    for (let s = 0; s <= stepLast(); ++s) {
      checkShown(`step ${s} with ${one.textContent}`);
      const here = every('.here').filter(e => e.textContent && seen(e));
      told += here.length;
      for (const text of here)
        if (!text.querySelector('.off')) fault(`step ${s}: "${text.textContent}" has no wrong number`);
      press('ArrowRight');
    }
    if (!told) fault(`${one.textContent}: no step says what is wrong there`);
    one.click();
  }
  return done();
}

// ---- story, source ----

// Every line of the trace in which something happens is told of, once, in its order.
function checkStory() {
  const kinds = ['leaf', 'op', 'backward', 'node', 'add', 'update', 'release', 'error'];
  lines = lines || linesOf(known.trace);
  const wanted = lines.filter((line, i) => line && kinds.includes(line.e) &&
    !(line.e == 'leaf' && lines[i - 1] && lines[i - 1].e == 'leaf')).map(line => line.e);
  const told = every('.list [data-s]');
  if (told.length != wanted.length) fault(`${told.length} sentences for ${wanted.length} events`);
  for (const item of told)
    if (item.textContent.replace(/^\d+/, '').trim() == '') fault(`step ${item.dataset.s} is not told of`);
  return done();
}

// The line of the place is lit, and its call underlined.
function checkSource() {
  lines = lines || linesOf(known.trace);
  const sources = lines.filter(line => line && line.e == 'source').map(line => line.file);
  press('Home');
  for (let s = stepShown(); ; ++s) {
    const lit = every('#source .lit').filter(seen), title = document.getElementById('formula-about').textContent;
    if (/forward|gives|gradient of/.test(title) && sources.length && !lit.length) fault(`step ${s}: no line is lit`);
    const call = every('#source .call').filter(seen);
    if (call.length > 1) fault(`step ${s}: ${call.length} calls are underlined`);
    if (call.length && !lit.some(line => line.contains(call[0]))) fault(`step ${s}: the underlined call is not lit`);
    if (s == stepLast()) return done();
    press('ArrowRight');
  }
}

// ---- panels ----

const textOf = id => document.getElementById(id).textContent;
const saidNow = () => document.querySelector('.list .now .said').textContent;

// From the first step on, at most so many: check(step, its line of the trace).
function atEachStep(check, most = 200) {
  lines = lines || linesOf(known.trace);
  press('Home');
  while (stepShown() > 0) press('ArrowLeft');
  for (let s = 0; s <= stepLast() && s < most; ++s) {
    check(s, lines[data.steps[s].line - 1] || {});
    press('ArrowRight');
  }
  return done();
}

// A call has one name: the story's, in the title, in the rows of gradients and in the terms of Why?.
function checkNames(s, line) {
  if (!['op', 'node', 'add'].includes(line.e) || data.tensors.some(t => / /.test(t[0]))) return;
  const name = saidNow().replace(/^In the gradient rule of .*?, /, '').split(' ')[0];
  const told = [textOf('formula-about')];
  for (const row of every('.ledger .now .from')) if (line.e == 'add') told.push(row.firstChild.textContent.replace(/^\w+: /, ''));
  const why = document.querySelector('.tree .how');
  if (why && line.e != 'node' && /^from |line/.test(why.textContent)) told.push(why.textContent.replace(/^from /, '').replace(/^(\S+)\[[\d,]*\] line/, '$1, line'));
  for (const text of told)
    if (!new RegExp(`(^|of | )${name.replace(/\W/g, '\\$&')}([ ,:’]|$)`).test(text)) fault(`step ${s}: ${name} is called "${text.slice(0, 40)}"`);
}

// The old and the new values, the change, the gradient; where there is one learning rate, the equation holds.
function checkUpdates(s, line) {
  const proof = seen(document.getElementById('proof-h'));
  if (['leaf', 'update'].includes(line.e) && proof) fault(`step ${s}: a proof of what is given`);
  if (line.e == 'op' && ['bool', 'int64', 'uint8'].includes(data.tensors[line.out][2]) == proof) fault(`step ${s}: proof ${proof}`);
  if (/nothing to (check|say)/i.test(textOf('proof-body')) && proof) fault(`step ${s}: ${textOf('proof-body')}`);
  if (line.e != 'update') return;
  const [, rate] = / - ([-\d.e]+) · /.exec(textOf('formula-body').split('\n')[0]) || [], rows = every('#formula .equations tbody tr');
  if (!rows.length) fault(`step ${s}: the update is not shown`);
  for (const row of rows) {
    const [after, before, change, gradient] = [...row.cells].slice(1).map(cell => cell.textContent.replace('= ', '')), near = 1e-5 * (Math.abs(after) + Math.abs(before));
    if (![after, before].every(isFinite)) continue;
    if (Math.abs(after - before - change) > near) fault(`step ${s}: ${before} ${change} is not ${after}`);
    if (rate && Math.abs(before - rate * gradient - after) > near) fault(`step ${s}: ${before} - ${rate} * ${gradient} is not ${after}`);
  }
  const why = document.querySelector('.tree');
  if (!/updated/.test(why.textContent) || why.querySelectorAll('li').length < 2) fault(`step ${s}: Why? says "${why.textContent}"`);
}

// An op that is reached shows its dy and what it is the sum of. A number of a formula that looks as if it could be chosen can.
function checkFormula(s, line) {
  const rows = every('#formula .equations tbody tr');
  if (line.e == 'node' && line.dy && line.dy.length && (!/^dy = d/.test(textOf('formula-body')) || rows.some(row => row.querySelectorAll('[data-ref]').length < 2)))
    fault(`step ${s}: "${textOf('formula-body')}"`);
  const one = s < 30 && every('#formula .asks')[s % 3], wanted = one && one.textContent;
  if (one) {
    if (!/dotted/.test(getComputedStyle(one).textDecorationLine + getComputedStyle(one).textDecorationStyle)) fault(`step ${s}: ${wanted} does not look as if it could be chosen`);
    one.click();
    const asked = document.querySelector('.question [data-ref]');
    if (!asked || asked.textContent != wanted) fault(`step ${s}: ${wanted} leads to "${textOf('why-body').slice(0, 40)}"`);
    press('ArrowLeft'), press('ArrowRight');
    if (s == 0) press('ArrowLeft');
  }
}

const checkPanels = () => atEachStep((s, line) => { checkNames(s, line); checkUpdates(s, line); checkFormula(s, line); });

// Stepping moves no section; and the sentence of the step is in view.
function checkStill() {
  let first = null;
  return atEachStep(s => {
    const sections = every('section').filter(e => e.id != 'break'), tops = sections.map(e => [e.id, Math.round(e.getBoundingClientRect().top + (e.id == 'scrub' ? 0 : scrollY))]);
    const list = document.querySelector('.list:not([hidden])'), said = list.querySelector('.now').getBoundingClientRect(), box = list.getBoundingClientRect();
    if (said.top < box.top - 1 || said.bottom > box.bottom + 1) fault(`step ${s}: its sentence is out of view`);
    if (list.scrollHeight > list.clientHeight + 1 && list.clientHeight < .5 * innerHeight) fault(`step ${s}: the story scrolls in ${list.clientHeight} px of ${innerHeight}`);
    const before = first && first.training == training ? first.tops : null;
    if (before && `${before}` != `${tops}`) fault(`step ${s}: ${tops.filter((t, i) => `${t}` != `${before[i]}`)[0]} was at ${before.find((t, i) => `${t}` != `${tops[i]}`)}`);
    else first = {training, tops};
  });
}

// What a reader looks for first: what is special, with its step; and each section, by a link.
function checkTop() {
  const lead = every('.lead').find(seen), to = lead && lead.querySelector('[data-go]');
  if (!to) return fault('the lead has no link'), done();
  to.click();
  if (stepShown() != to.dataset.go) fault(`the lead leads to step ${stepShown()}`);
  if (/not finite/.test(lead.textContent) && !/finite/.test(saidNow())) fault(`the lead leads to "${saidNow()}"`);
  const links = every('nav [data-to]');
  if (links.length != 8 || links[0].getBoundingClientRect().top + scrollY > 600) fault(`${links.length} links to sections`);
  for (const link of links) {
    if (link.disabled != !seen(document.getElementById(`${link.dataset.to}-h`))) fault(`${link.textContent} is ${link.disabled ? '' : 'not '}disabled`);
    if (link.disabled) continue;
    link.click();
    const heading = document.activeElement.getBoundingClientRect(), scrub = document.getElementById('scrub').getBoundingClientRect();
    if (document.activeElement.id != `${link.dataset.to}-h`) fault(`${link.textContent} leads to ${document.activeElement.id}`);
    else if (heading.top < (link.dataset.to == 'story' ? 0 : Math.min(scrub.bottom, innerHeight / 2)) || heading.bottom > innerHeight) fault(`${link.textContent} is out of view`);
  }
  document.documentElement.scrollTop = 0;
  return done();
}

// ---- looks ----

const channels = colour => /rgba?\(([^)]*)\)/.exec(colour)[1].split(/[ ,/]+/).map(Number);
const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
const isSeenThrough = c => c == 'none' || (channels(c)[3] ?? 1) == 0;

function background(e) {
  const svg = e.closest('svg');
  if (svg) {
    const box = e.getBoundingClientRect(), x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    const below = every('rect, circle', svg).filter(r => seen(r) && !isSeenThrough(getComputedStyle(r).fill) &&
      e.compareDocumentPosition(r) & Node.DOCUMENT_POSITION_PRECEDING).filter(r => {
      const b = r.getBoundingClientRect();
      return b.left <= x && x <= b.right && b.top <= y && y <= b.bottom;
    });
    if (below.length) return channels(getComputedStyle(below.pop()).fill);
  }
  for (let up = svg || e; up; up = up.parentElement) {
    const colour = getComputedStyle(up).backgroundColor;
    if (!isSeenThrough(colour)) return channels(colour);
  }
  return [255, 255, 255];
}

// WCAG AA, at the step that is shown.
function checkContrast() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest('script, title, style, .hidden') || !seen(e)) continue;
    const style = getComputedStyle(e), ink = channels(e.closest('svg') ? style.fill : style.color), size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700) ? 3 : 4.5;
    const found = contrast(ink, background(e));
    if (found < least) fault(`${e.className.baseVal ?? e.className} "${walker.currentNode.data.trim().slice(0, 20)}": contrast ${found.toFixed(2)}`);
  }
  return done();
}

// Nothing is wider than the window; what is wide scrolls in its own box.
function checkWidth() {
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    fault(`the page is ${root.scrollWidth} px wide in a window of ${root.clientWidth}`);
    for (const e of every('main *'))
      if (seen(e) && e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest('.canvas, .wide-scroll, svg')) {
        fault(`${e.tagName} .${e.className} #${e.id}`);
        break;
      }
  }
  return done();
}

// Labels and numbers of a picture do not cover each other.
function checkOverlaps() {
  const texts = every('svg.g text').filter(t => seen(t) && t.textContent);
  const boxes = texts.map(t => t.getBoundingClientRect());
  for (let i = 0; i < texts.length; ++i)
    for (let k = i + 1; k < texts.length; ++k) {
      const a = boxes[i], b = boxes[k];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 3 && high > 6) fault(`"${texts[i].textContent}" and "${texts[k].textContent}" cover each other`);
    }
  return done();
}

// Nor do the labels of the scrubber.
function checkScrubber() {
  const labels = every('.track .label').filter(l => seen(l) && !l.matches('.now'));
  for (let i = 1; i < labels.length; ++i)
    if (labels[i - 1].getBoundingClientRect().right > labels[i].getBoundingClientRect().left)
      fault(`"${labels[i - 1].textContent}" and "${labels[i].textContent}" cover each other`);
  return done();
}

// ---- why ----

// Levels are open while there is room: none is closed in a tree that is small. What opens below them, by keys, ends at leaves, where
// backward starts, at a formula that reads nothing, at what is shown above, or says why it ends. An element stands once in what it is a
// part of, and a subtree once in the tree.
function checkTree(what) {
  if (every('.tree details').some(d => d.open)) fault(`${what}: what is asked for is open`);
  if (every('.tree li').length > 40) fault(`${what}: ${every('.tree li').length} lines are open at first`);
  const closed = document.querySelector('.tree details');
  for (let opened = 0; opened < 40; ++opened) {
    const next = document.querySelector('.tree details:not([open]) > summary');
    if (!next) break;
    next.focus();
    if (document.activeElement != next) fault(`${what}: a part is out of reach of the keys`);
    next.click();
  }
  const items = every('.tree li');
  if (closed && items.length < 16) fault(`${what}: a tree of ${items.length} lines is closed`);
  const told = new Map();
  for (const item of items) {
    const how = item.querySelector('.how'), said = how.textContent, [, above] = /as above: (.*)$/.exec(said) || [];
    const isLeaf = / leaf$|^leaf$|backward starts here|there before|ends here: /.test(said);
    if (item.children.length == 1 && !above && (!(isLeaf || / = /.test(said)) || (!isLeaf && how.querySelector('[data-ref]')))) fault(`${what}: the tree ends at "${said}"`);
    if (above && !items.some(i => i != item && i.children.length > 1 && (i.querySelector('.how').textContent.includes(above) || i.textContent.includes(above))))
      fault(`${what}: "${said}" is not there`);
    const text = `${item.querySelector('.v').textContent} ${said} ${item.querySelector('.term .go:last-child')?.textContent}`;
    if (item.querySelector(':scope > ul, :scope > details > ul') && told.has(text)) fault(`${what}: "${text}" is shown twice`);
    if (item.querySelector(':scope > ul, :scope > details > ul')) told.set(text, item);
  }
  for (const list of every('.tree ul')) {
    const names = [...list.children].map(item => item.querySelector('.how').firstChild).filter(n => n.nodeName == 'CODE').map(n => n.textContent);
    if (new Set(names).size < names.length) fault(`${what}: twice: ${names}`);
  }
  return items.filter(item => item.querySelector('.how').textContent.includes('ends here')).length;
}

let unfinished = 0; // parts that end before the leaves

function checkWhy() {
  unfinished = 0;
  press('Home');
  for (let s = stepShown(), first = s; ; ++s) {
    unfinished += checkTree(`step ${s}`);
    if (s == stepLast() || s == first + 20) return done();
    press('ArrowRight');
  }
}

// ---- keys ----

function checkKeys() {
  press('Home');
  const first = stepShown();
  press('ArrowLeft');
  if (first > 0) press('ArrowRight');
  if (stepShown() != first) fault('the left arrow at the first step');
  press('ArrowRight');
  if (stepShown() != first + 1) fault('the right arrow');
  press('End');
  const end = stepShown();
  press('Home');
  if (end <= first || stepShown() != first) fault('Home and End');
  press(' ');
  if (document.getElementById('play').textContent != 'Pause') fault('space does not play');
  press(' ');
  if (document.getElementById('play').textContent != 'Play') fault('space does not pause');
  for (const ask of every('.ask')) {
    ask.click();
    const help = document.getElementById(ask.getAttribute('aria-controls'));
    if (help.hidden || ask.getAttribute('aria-expanded') != 'true') fault(`${ask.getAttribute('aria-label')} shows nothing`);
    ask.click();
  }
  return done();
}

// ---- proofs, speed ----

// All that was proven has one of these verdicts; and the page says so at the step at which a gradient is complete.
function checkVerdicts(...allowed) {
  const proofs = Object.entries(data.proofs);
  if (!proofs.length) fault('nothing is proven');
  for (const [line, list] of proofs)
    for (const proof of list)
      if (!allowed.includes(proof.verdict)) fault(`line ${line}, element ${proof.element}: ${proof.verdict}, ${proof.message}`);
  if (data.unproven.some(reason => reason)) fault(data.unproven.join());
  return done();
}

// The gradient that is complete at this line of the trace, with a wrong rule: the proof that is shown of its first wrong element is
// red, and nothing in it is green but rounding that is allowed.
function checkWrong(line) {
  const wrong = data.proofs[line].find(proof => proof.verdict == 'wrong');
  location.hash = `#step=${data.steps.findIndex(s => s.line == line)}`;
  dispatchEvent(new HashChangeEvent('hashchange'));
  const button = document.querySelector(`[data-element="${wrong.element}"]`);
  if (button) button.click();
  const shown = every('#proof .verdict').filter(seen), text = shown[0] && shown[0].querySelector('b');
  if (!text || !shown[0].matches('.wrong') || text.textContent != 'The rule is wrong') return fault(`line ${line}: ${text && text.textContent}`), done();
  const [red, green, blue] = channels(getComputedStyle(text).color);
  if (red < 1.5 * Math.max(green, blue)) fault(`wrong is ${red}, ${green}, ${blue}`);
  const [off, allowed] = wrong.rounding || [1, 0];
  for (const other of shown) if (other.matches('.right') && !(+off <= +allowed)) fault(`line ${line}: ${other.textContent} beside a wrong rule`);
  return checkContrast();
}

