// The page of a trace: shows one step of what `data` and the page hold, and computes nothing.
'use strict';

const byId = id => document.getElementById(id);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const data = JSON.parse(byId('data').textContent);
const last = data.steps.length - 1;

let step = 0;      // that is shown
let training = -1; // the training step that it belongs to
let element = 0;   // of a tensor, row-major, that is followed
let picked = null; // {tensor, gradient}: what was asked about; null: what the step is about
let timer = 0;     // of play
let addressing = 0; // timer of the address's change

// ---- making parts of the page ----

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== false && value != null) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const code = text => make('code', {}, text);
const link = (to, text = `step ${to}`) => make('button', {class: 'go', 'data-go': to}, text);

// ---- numbers ----

// What stands in the trace under a key, "13.gives": cells in rows and columns, each with its text, its place in the trace and its
// element of the tensor.
function numbers(key) {
  const found = data.numbers[key];
  if (!found) return null;
  const [rows, columns, inLine, inTensor, tensor, text, stats] = found;
  const texts = text.split(' '), cells = [];
  for (let r = 0; r < rows; ++r)
    for (let c = 0; c < columns; ++c)
      cells.push({text: texts[r * columns + c], ref: `${key}[${r * inLine + c}]`, element: r * inTensor + c});
  return {key, rows, columns, tensor, cells, stats, shape: data.tensors[tensor][1]};
}

const nameOf = tensor => data.tensors[tensor][0];

// "[0,2]" of an element; "" where there is one.
function indexOf(tensor, element) {
  const shape = data.tensors[tensor][1], index = [];
  if (shape.reduce((a, b) => a * b, 1) == 1) return '';
  for (let d = shape.length - 1; d >= 0; --d) {
    index.unshift(element % shape[d]);
    element = Math.floor(element / shape[d]);
  }
  return `[${index}]`;
}

const number = cell => make('span', {'data-ref': cell.ref}, cell.text);

// The cell of the element that is followed, or else the first.
const chosen = list => list.cells.find(c => c.element == element) || list.cells[0];

// min, max, norm and zeros, as the trace has them.
function stats(list) {
  const [line, field] = list.key.split('.');
  const place = field == 'values' ? `${line}.stats` : `${line}.${field}_stats`;
  const [min, max, norm, zeros] = list.stats.split(' ');
  const one = (name, text) => make('b', {'data-ref': `${place}.${name}`}, text);
  return make('p', {class: 'stats'}, `${list.shape.join(' × ')}: min `, one('min', min), ', max ', one('max', max), ', norm ',
    one('norm', norm), ', zeros ', one('zeros', zeros));
}

// All cells, to choose one.
function grid(list) {
  const now = chosen(list), table = make('table', {class: 'grid'}), body = make('tbody');
  const last = list.shape[list.shape.length - 1] || 1;
  if (list.columns > 1) {
    const head = make('tr', {}, make('th'));
    for (let c = 0; c < list.columns; ++c) head.append(make('th', {scope: 'col'}, `${c}`));
    if (list.columns < last) head.append(make('th', {}, '…'));
    table.append(make('thead', {}, head));
  }
  for (let r = 0; r < list.rows; ++r) {
    const row = make('tr');
    const first = list.cells[r * list.columns];
    row.append(make('th', {scope: 'row'}, list.rows > 1 ? indexOf(list.tensor, first.element).replace(/,\d+\]$/, list.columns > 1 ? ']' : '$&') : ''));
    for (let c = 0; c < list.columns; ++c) {
      const cell = list.cells[r * list.columns + c];
      row.append(make('td', {}, make('button', {
        'data-element': cell.element, 'data-ref': cell.ref, 'aria-pressed': cell == now, tabindex: cell == now ? 0 : -1,
        title: `element ${indexOf(list.tensor, cell.element)}`}, cell.text)));
    }
    body.append(row);
  }
  table.append(body);
  return make('div', {class: 'wide-scroll'}, table);
}

// ---- what is asked about ----

function subject() {
  if (picked) return picked;
  const s = data.steps[step];
  return s.tensor < 0 ? null : {tensor: s.tensor, gradient: s.gradient};
}

// The sum that a tensor's gradient is at this step: the latest that has begun, else the first of this training step.
function sumOf(tensor) {
  const from = data.training[training], until = data.training[training + 1];
  let found = null;
  for (const sum of data.sums) {
    const begins = sum[1][0][0];
    if (sum[0] == tensor && begins >= from && begins < until && (!found || begins <= step)) found = sum;
  }
  return found;
}

// ---- panels ----

function showStory(from, until) {
  for (const item of all('.list [data-s]')) {
    const s = +item.dataset.s;
    item.classList.toggle('past', s < step);
    item.classList.toggle('now', s == step);
    const button = item.firstElementChild;
    button.tabIndex = s == step ? 0 : -1;
    if (s == step) {
      button.setAttribute('aria-current', 'step');
      const box = item.parentElement, top = item.offsetTop, height = item.offsetHeight;
      if (top < box.scrollTop + 32) box.scrollTop = top - 48;
      else if (top + height > box.scrollTop + box.clientHeight - 32) box.scrollTop = top + height - box.clientHeight + 48;
    } else button.removeAttribute('aria-current');
  }
}

const sentence = s => all(`.list [data-s="${s}"] .said`)[0];

function showScrubber(from, until) {
  for (const part of all('.ticks:not([hidden]) [data-s]')) {
    const s = +part.dataset.s;
    part.classList.toggle('on', s <= step);
    part.classList.toggle('now', s == step);
  }
  const range = byId('range');
  range.min = from;
  range.max = until - 1;
  range.value = step;
  range.setAttribute('aria-valuetext', `Step ${step} of ${last}: ${sentence(step).textContent}`);
  byId('position').replaceChildren(make('strong', {}, `Step ${step}`), ` of ${last}`);
  byId('phase').textContent = all(`.list [data-s="${step}"]`)[0].dataset.phase.toLowerCase();
  byId('back').setAttribute('aria-disabled', step == 0);
  byId('next').setAttribute('aria-disabled', step == last);
}

function showSource() {
  const s = data.steps[step], [file, first, until, at, changed] = s.source || [-1, 0, -1, -1, false];
  for (const box of all('#source .code[data-f]')) box.hidden = +box.dataset.f != Math.max(file, 0);
  for (const lit of all('#source .lit')) lit.classList.remove('lit');
  for (const call of all('#source .call')) call.classList.remove('call');
  for (let line = first; line <= until; ++line) {
    const lit = all(`#source [data-l="${file}.${line}"]`)[0];
    if (!lit) continue;
    lit.classList.add('lit');
    const box = lit.parentElement;
    if (line == first && (lit.offsetTop < box.scrollTop || lit.offsetTop > box.scrollTop + box.clientHeight - 66))
      box.scrollTop = lit.offsetTop - box.clientHeight / 3;
  }
  const call = at >= 0 && all(`#source [data-c="${file}.${at}"]`)[0];
  if (call) call.classList.add('call');
  byId('source-about').textContent = s.place || '';
  byId('changed').hidden = !changed;
  byId('changed').textContent = changed ? `The source has changed: ${s.op} is not in the line.` : '';
  for (const block of all('#source .code[data-op]')) {
    block.hidden = block.dataset.op != s.op;
    if (block.hidden) continue;
    byId('block').children[0].textContent = `${s.op}, in the library`;
    byId('block').children[1].textContent = block.dataset.at;
    for (const mark of all('mark', block))
      mark.classList.toggle('on', mark.dataset.part == (s.kind == 'op' ? 'f' : s.kind == 'add' ? `${s.part}` : ''));
  }
  byId('block').hidden = !all('#source .code[data-op]').some(b => !b.hidden);
}

// ---- formulas ----

// The parts of a formula with numbers: those that are elements have their place in the trace.
function formula(parts, choose = false) {
  return parts.map(part => {
    if (typeof part == 'string') return part.replaceAll(' * ', ' · ');
    const [text, ref, tensor, isGradient, at] = part, is = {class: isGradient ? 'of-gradient' : 'of-value', 'data-ref': ref || null, title: labelOf(part)};
    if (!choose || !isShown(ref, at)) return make('span', is, text);
    return make('button', {...is, class: `${is.class} asks`, 'data-pick': `${tensor} ${at} ${isGradient}`, title: `Why is ${is.title} = ${text}?`}, text);
  });
}

// Whether the page shows this element of what a place in the trace belongs to.
function isShown(ref, at) {
  const list = ref && numbers(ref.replace(/\[.*/, ''));
  return !!list && list.cells.some(cell => cell.element == at);
}

const names = text => text.replaceAll(' * ', ' · ');
const labelOf = ([, , tensor, isGradient, at]) => `${isGradient ? 'd' : ''}${nameOf(tensor)}${indexOf(tensor, at)}`;

// What the element of a line was made of; null: the page has no numbers of it.
function whyOf(line, element) {
  const found = data.why[`${line}.${element}`];
  return Array.isArray(found) ? found : null;
}
const reason = (list, cell) => whyOf(lineOf(list.key), cell.element);

function equations(list, name) {
  const now = chosen(list), head = make('p', {class: 'rule'}, `${name}${indexOf(list.tensor, now.element)} = ${names(reason(list, now)[0])}`);
  return [head, elementRows(list, null, cell => {
    const terms = reason(list, cell);
    return [make('td', {class: 'result'}, number(cell)), make('td', {class: 'equals'}, '='),
      make('td', {class: 'terms'}, ...(terms ? formula(terms[1], true) : ['no numbers']))];
  })];
}

// The cells of a list that there is room for: all of a few, else the one that is followed.
const some = list => list.cells.length <= 4 ? list.cells : [chosen(list)];

// Rows of elements: a head and a text or parts by element.
function elementRows(list, heads, partsOf) {
  const now = chosen(list), table = make('table', {class: 'equations'}), body = make('tbody');
  if (heads) table.append(make('thead', {}, make('tr', {}, make('th'), ...heads.map(text => make('th', {scope: 'col'}, ...[text].flat())))));
  for (const cell of some(list)) {
    const index = indexOf(list.tensor, cell.element);
    const button = index ? make('button', {class: 'index', 'data-element': cell.element, 'aria-pressed': cell == now, title: 'Follow this element'}, index) : '';
    body.append(make('tr', {class: cell == now ? 'on' : ''}, make('th', {scope: 'row'}, button), ...partsOf(cell)));
  }
  table.append(body);
  return make('div', {class: 'wide-scroll'}, table);
}

const cellAt = (list, element) => list && list.cells.find(c => c.element == element);

// The gradient that has reached an op's result, and the contributions that it is the sum of.
function reached(s) {
  const list = numbers(s.shown[0]), name = nameOf(list.tensor), rows = s.sum == null ? [] : data.sums[s.sum][1].filter(row => row[0] <= step);
  const box = [make('p', {class: 'rule'}, rows.length > 1 ? `dy = d${name}, the sum of ${rows.length} contributions` : `dy = d${name}`)];
  if (!list.cells.length) return box;
  const before = s.sum != null && data.sums[s.sum][2], parts = [...(before ? [before] : []), ...rows.map(row => row[2])].map(numbers);
  const heads = ['dy', ...(before ? ['before'] : []), ...rows.map(([at, who]) => [who.replace('start of backward', 'backward starts'), ' ', link(at)])];
  box.push(elementRows(list, heads, cell => [make('td', {class: 'result'}, number(cell)),
    ...parts.map((part, i) => { const found = cellAt(part, cell.element); return make('td', {class: 'of-gradient'}, i ? '+ ' : '= ', found ? number(found) : '…'); })]));
  if (list.cells.length > 4) box.push(grid(list));
  return box;
}

// What an update changed: new = old + change, and the gradient.
function updated(s) {
  const list = numbers(s.shown[0]), name = nameOf(list.tensor), [rate, old, gradient, ...changes] = data.updates[s.line];
  const from = numbers(old), by = gradient && numbers(gradient);
  const text = part => part ? number(part) : '–';
  const box = [make('p', {class: 'rule'}, rate ? `${name} = ${name} - ${rate} · d${name}` : `${name} = ${name} + change`)];
  box.push(elementRows(list, ['after', 'before', 'change', ...(by ? [`d${name}`] : [])], cell => [make('td', {class: 'result'}, number(cell)),
    make('td', {class: 'of-value'}, '= ', text(cellAt(from, cell.element))), make('td', {}, changes[list.cells.indexOf(cell)]),
    ...(by ? [make('td', {class: 'of-gradient'}, text(cellAt(by, cell.element)))] : [])]));
  if (list.cells.length > 4) box.push(grid(list));
  return box;
}

function shownOf(s, key) {
  const list = numbers(key), name = (s.gradient ? 'd' : '') + nameOf(list.tensor), shape = data.tensors[list.tensor][1];
  const explained = list.cells.length && reason(list, chosen(list)), few = list.cells.length <= 4;
  const box = make('div', {class: 'shown'});
  if (explained) box.append(...equations(list, name));
  if (!explained || !few)
    box.append(make('p', {class: 'name'}, code(name), ` ${data.tensors[list.tensor][2]}`, shape.length ? ` [${shape}]` : ''));
  if ((!explained || !few) && list.cells.length) box.append(grid(list));
  if (list.stats) box.append(stats(list));
  return box;
}

function showFormula() {
  const s = data.steps[step], body = byId('formula-body');
  byId('formula-about').textContent = s.title;
  body.replaceChildren();
  const is = s.shown.map(numbers).some(list => list.cells.length && reason(list, chosen(list)));
  if (s.formula && !is) body.append(make('p', {class: 'rule'}, s.formula), make('p', {class: 'note'}, 'No numbers: this op’s formula is told in words.'));
  if (s.kind == 'node' && s.shown.length) body.append(...reached(s));
  else if (s.kind == 'update' && data.updates[s.line]) body.append(...updated(s));
  else for (const key of s.shown) body.append(shownOf(s, key));
  if (s.note) body.append(make('p', {class: 'note'}, s.note));
}

// ---- the gradients of the leaves, complete ----

const verdicts = [['wrong', 'rule wrong'], ['rounded', 'digits lost'], ['unchecked', 'not checked'], ['right', 'proven']];

function showTotals() {
  const from = data.training[training], until = data.training[training + 1], body = make('tbody'), most = 8;
  const leaves = data.sums.filter(([tensor, rows]) => !data.tensors[tensor][3] && rows[0][0] >= from && rows[0][0] < until);
  for (const [tensor, rows] of leaves.slice(0, most)) {
    const end = rows[rows.length - 1], list = numbers(end[3]), line = lineOf(end[3]);
    const found = data.proofs[line] || [], verdict = verdicts.find(([kind]) => found.some(p => p.verdict == kind));
    const cells = list.cells.slice(0, 4).flatMap((cell, i) => [i ? ', ' : '', number(cell)]);
    body.append(make('tr', {}, make('th', {scope: 'row'}, code(`d${nameOf(tensor)}`)),
      make('td', {class: 'of-gradient'}, ...cells, list.shape.reduce((a, b) => a * b, 1) > 4 ? ', …' : ''),
      make('td', {}, rows.length > 1 ? `a sum of ${rows.length}: ` : '', ...rows.slice(0, 6).flatMap((row, i) => [i ? ', ' : '', link(row[0])])),
      make('td', {class: verdict ? verdict[0] : 'unchecked'}, make('b', {}, verdict ? verdict[1] : 'not checked'))));
  }
  if (leaves.length > most) body.append(make('tr', {}, make('td', {colspan: 4}, `and ${leaves.length - most} more`)));
  byId('totals').replaceChildren(...(leaves.length ? [make('table', {}, make('caption', {}, 'Gradients of the leaves, when backward is done'), body)] : []));
}

// ---- gradient ----

const ordinal = i => `${i}${i % 10 > 3 || i % 10 == 0 || (i % 100 > 10 && i % 100 < 14) ? 'th' : ['st', 'nd', 'rd'][i % 10 - 1]}`;

function showGradient() {
  const about = subject(), body = byId('gradient-body'), sum = about && sumOf(about.tensor);
  body.replaceChildren();
  byId('gradient-about').textContent = '';
  if (!sum) {
    body.append(make('p', {class: 'note'}, about ? `${nameOf(about.tensor)} has no gradient in this training step.` : ''));
    return;
  }
  const [tensor, rows, before] = sum, done = rows.filter(r => r[0] <= step);
  const now = done.length ? numbers(done[done.length - 1][2 + 1]) : null;
  const shape = numbers(rows[0][2]), few = shape.cells.length <= 4;
  const cells = list => few ? list.cells : [chosen(list)];
  const plain = s => s ? [number(s)] : ['–'];
  byId('gradient-about').textContent = done.length ? `${done.length} of ${rows.length} contribution${rows.length > 1 ? 's' : ''}` : 'empty';
  const table = make('table', {class: 'ledger'});
  const heads = cells(shape).map(c => make('th', {scope: 'col'}, indexOf(tensor, c.element)));
  table.append(make('thead', {}, make('tr', {}, make('th', {class: 'from'}), ...heads)));
  const tbody = make('tbody');
  if (before)
    tbody.append(make('tr', {}, make('th', {class: 'from', scope: 'row'}, 'before'), ...cells(numbers(before)).map(c => make('td', {}, number(c)))));
  rows.forEach(([at, who, gives], i) => {
    const waits = at > step;
    const small = make('small', {}, waits ? 'waits for ' : '', at == step ? 'this step' : link(at));
    tbody.append(make('tr', {class: at == step ? 'now' : waits ? 'wait' : ''},
      make('th', {class: 'from', scope: 'row'}, (rows.length > 1 ? `${ordinal(i + 1)}: ` : '') + who, small),
      ...cells(numbers(gives)).map(c => make('td', {}, ...(waits ? ['–'] : [i || before ? '+ ' : '', number(c)])))));
  });
  table.append(tbody);
  const state = !now ? 'no gradient yet' : done.length == rows.length ? 'complete' : 'so far';
  const foot = make('tr', {}, make('th', {class: 'from', scope: 'row'}, make('b', {}, `d${nameOf(tensor)}`), make('small', {}, state)));
  for (const c of now ? cells(now) : cells(shape))
    foot.append(make('td', {}, now ? make('button', {class: 'why', 'data-pick': `${tensor} ${c.element} 1`, 'data-ref': c.ref, 'aria-pressed': c.element == element, title: 'Why?'}, c.text) : '–'));
  table.append(make('tfoot', {}, foot));
  body.append(make('div', {class: 'wide-scroll'}, table));
  if (now && !few && (rows.length > 1 || data.steps[step].kind != 'add' || data.steps[step].tensor != tensor)) {
    body.append(grid(now));
    if (now.stats) body.append(stats(now));
  }
}

// ---- why ----

const lineOf = key => key.split('.')[0];

// Why the page does not go on from an element of a line.
function endsHere(line, element) {
  const why = ['the page has no room for more numbers', 'the formula of this op has no numbers', 'what it read is not in the trace'];
  return ` · ends here: ${why[data.why[`${line}.${element}`] || 0]}`;
}

// A gradient's element: what contributed to it until a step. A value's: what its op read, or what it was updated from.
// {key, value, ref, gradient, label, who, how, step, of}: `key` tells which subtree it is, `who` names it.
function gradientTerm(tensor, at, until, part) {
  const sum = data.sums.filter(s => s[0] == tensor && s[1][0][0] <= until).pop();
  const label = `d${nameOf(tensor)}${indexOf(tensor, at)}`;
  const term = {key: `s${data.sums.indexOf(sum)}.${at}`, value: part[0], ref: part[1], gradient: true, label, who: label, how: ['not in the trace'], of: () => []};
  if (!sum) return term;
  const done = sum[1].filter(row => row[0] <= until).map(row => contribution(row, at));
  term.key += `.${done.length}`;
  if (done.length == 1 && !sum[2]) return {...done[0], label: term.label, value: term.value || done[0].value, ref: term.ref || done[0].ref};
  const all = sum[1].length;
  term.how = [done.length < all ? `so far, ${done.length} of ${all} contributions` : `the sum of ${done.length} contributions`];
  const before = sum[2] && cellAt(numbers(sum[2]), at);
  term.of = () => before ? [{value: before.text, ref: before.ref, gradient: true, how: ['there before this backward'], of: () => []}, ...done] : done;
  return term;
}

function contribution([at, who, gives], element) {
  const line = lineOf(gives), why = whyOf(line, element);
  const term = {key: `c${line}.${element}`, gradient: true, step: at, of: () => [], who, how: [`from ${who}`]};
  if (who.startsWith('start')) {
    const cell = numbers(gives).cells.find(c => c.element == element);
    return {...term, value: cell && cell.text, ref: cell && cell.ref, how: [who.replace('start of backward', 'backward starts here')]};
  }
  if (!why) return {...term, how: [...term.how, endsHere(line, element)]};
  return {...term, value: why[2], ref: why[3], how: [`from ${who}: `, ...equation(why)], of: () => terms(why)};
}

function valueTerm(tensor, at, until, part) {
  const [, , , line, made, call] = data.tensors[tensor], why = line && whyOf(line, at), label = nameOf(tensor) + indexOf(tensor, at);
  const term = {key: `v${line || tensor}.${at}`, value: part[0], ref: part[1], gradient: false, label, step: line ? made : until, who: call || label, of: () => []};
  if (!line) return writtenTerm(term, tensor, at, until);
  const name = nameOf(tensor), place = call == name ? '' : call.startsWith(`${name}, `) ? call.slice(name.length + 2) : call;
  return {...term, how: [place, ...(why ? [place ? ': ' : ' = ', ...equation(why)] : [endsHere(line, at)])], of: () => why ? terms(why) : []};
}

// A leaf is given, or was updated.
function writtenTerm(term, tensor, at, until) {
  const [key, step] = (data.values[tensor] || []).filter(([, from]) => from <= until).pop() || [''], update = data.updates[lineOf(key)];
  const written = update && numbers(key), now = update && cellAt(written, at), [rate, old, gradient, ...changes] = update || [], list = update && numbers(old);
  const was = now && cellAt(list, at);
  if (!was) return {...term, step: key ? step : until, how: ['leaf']};
  const by = gradient && cellAt(numbers(gradient), at), change = changes[written.cells.indexOf(now)];
  const from = by && rate ? [code(`${term.label} - ${rate} · d${term.label}`)] : [code(`${term.label} + change`), ` = ${was.text} ${change}`];
  return {...term, key: `u${key}.${at}`, who: `update, step ${step}`, step, how: ['updated: ', ...from],
    of: () => [valueTerm(tensor, at, step - 1, [was.text, was.ref]), ...(by ? [gradientTerm(tensor, at, step, [by.text, by.ref])] : [])]};
}

// Of a long sum the terms follow: its numbers need not be said twice.
function equation(why) {
  const long = /\.\. \((\d+) terms, the largest .*/.exec(why[0]);
  if (long) return [code(names(why[0].slice(0, long.index))), `… (${long[1]} terms; the first and the largest:)`];
  return [code(names(why[0])), ' = ', make('code', {}, ...formula(why[1]))];
}
const terms = why => why[1].filter((part, i) => typeof part != 'string' && why[1].findIndex(p => `${p.slice(2)}` == `${part.slice(2)}`) == i)
  .map(part => (part[3] ? gradientTerm : valueTerm)(part[2], part[4], part[5], part));

// As many levels are open as there is room for; the others open when they are asked for, and are made then. What was shown before is
// referred to, and not shown again.
const roomy = 24;

function linesWithin(term, depth, known) {
  const inner = depth > 0 && !known.has(term.key) ? term.of() : [];
  if (inner.length) known.add(term.key);
  let lines = 1;
  for (const t of inner) if ((lines += linesWithin(t, depth - 1, known)) > roomy) break;
  return lines;
}

function depthFor(term) {
  let depth = 1;
  for (let more = 2, before = 0; more < 24; ++more) {
    const lines = linesWithin(term, more, new Set());
    if (lines > roomy || lines == before) break;
    before = lines;
    depth = more;
  }
  return depth;
}

function branch(term, depth, known, isFirst) {
  const value = make('span', {class: term.gradient ? 'v of-gradient' : 'v of-value', 'data-ref': term.ref || null}, term.value == null ? '–' : term.value);
  const label = term.label && !(isFirst && term.gradient) ? [code(term.label), ' '] : [];
  const how = make('span', {class: 'how'}, ...label, ...term.how);
  const item = make('li', {}, make('div', {class: 'term'}, value, how, term.step == null ? '' : link(term.step)));
  const inner = term.of();
  if (!inner.length) return item;
  const parts = levels => { known.add(term.key); return make('ul', {}, ...inner.map(t => branch(t, levels, known, false))); };
  if (known.has(term.key)) {
    how.replaceChildren(...label, `as above: ${term.who}`);
    item.className = 'again';
  } else if (depth > 0) item.append(parts(depth - 1));
  else {
    const summary = make('summary', {class: 'go more'}, 'why?'), more = make('details', {}, summary);
    summary.addEventListener('click', () => more.children.length == 1 &&
      more.append(known.has(term.key) ? make('p', {class: 'note'}, `It is shown for ${term.who} elsewhere in this tree.`) : parts(1)));
    item.append(more);
  }
  return item;
}

// The element that is asked about, with its text in the trace: [tensor, element, gradient, part]; null: there is none yet.
function asked() {
  const about = subject();
  if (!about) return null;
  about.isLeaf = !data.tensors[about.tensor][3];
  const sum = about.gradient && sumOf(about.tensor), done = sum ? sum[1].filter(r => r[0] <= step) : [];
  if (about.gradient && !done.length) return {...about, cell: null};
  const key = about.gradient ? done[done.length - 1][3] : valueKey(about.tensor);
  const list = key && numbers(key);
  return {...about, sum, done, cell: list && list.cells.length ? chosen(list) : null};
}

// Where the value stands that a tensor has at this step.
function valueKey(tensor) {
  const s = data.steps[step], own = s.shown.find(key => numbers(key).tensor == tensor && !s.gradient);
  if (own) return own;
  const keys = (data.values[tensor] || []).filter(([, at]) => at <= step);
  return keys.length ? keys[keys.length - 1][0] : null;
}

function showWhy() {
  const body = byId('why-body'), about = asked();
  body.replaceChildren();
  byId('why-about').textContent = '';
  if (!about || !about.cell) {
    body.append(make('p', {class: 'note'}, about ? `d${nameOf(about.tensor)} is empty at this step.` : ''));
    return;
  }
  const {tensor, gradient, cell} = about, part = [cell.text, cell.ref];
  const term = (gradient ? gradientTerm : valueTerm)(tensor, cell.element, step, part);
  const label = `${gradient ? 'd' : ''}${nameOf(tensor)}${indexOf(tensor, cell.element)}`;
  body.append(make('p', {class: 'question'}, 'Why is ', code(`${label} = `), make('code', {'data-ref': cell.ref}, cell.text), '?'),
    make('ul', {class: 'tree'}, branch(term, depthFor(term), new Set(), true)));
}

// ---- proof ----

const marks = {right: 'M2 8.5l4 4L14 4', wrong: 'M3 3l10 10M13 3L3 13', rounded: 'M8 2v8M8 13.5v.5', unchecked: 'M3 8h.01M8 8h.01M13 8h.01'};

function verdict(kind, text, ...more) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', marks[kind]);
  svg.append(path);
  return make('div', {class: `verdict ${kind}`}, svg, make('div', {}, make('b', {}, text), ...more));
}

function ruler([found, allowed, at, until], word) {
  const box = make('div', {class: 'ruler'}, make('i'), make('b'), make('span', {class: at < .3 ? 'right' : ''}, `${found} ${word}`),
    make('span', {class: until > .55 ? 'allowed left' : 'allowed'}, `${allowed} allowed`));
  box.style.setProperty('--at', at);
  box.style.setProperty('--until', until);
  return box;
}

function showProof() {
  const body = byId('proof-body'), about = asked();
  body.replaceChildren();
  byId('proof-about').textContent = '';
  const absent = !about || (!about.gradient && (about.isLeaf || !/^float/.test(data.tensors[about.tensor][2])));
  byId('proof').classList.toggle('absent', absent);
  document.querySelector('nav [data-to=proof]').disabled = absent;
  if (!about) return;
  const {tensor, gradient, sum, done, cell} = about, label = `${gradient ? 'd' : ''}${nameOf(tensor)}`;
  const complete = !gradient || (sum && done.length == sum[1].length);
  if (!complete) {
    byId('proof-about').textContent = label;
    if (!sum) body.append(make('p', {class: 'note'}, 'There is no gradient to check.'));
    else body.append(verdict('unchecked', 'Not yet.', done.length ? ` ${done.length} of ${sum[1].length} contributions are here. The number is not the gradient until all are. It is complete at `
      : ' There is no gradient to check. It is complete at ', link(sum[1][sum[1].length - 1][0]), '.'));
    return;
  }
  const line = gradient ? lineOf(sum[1][sum[1].length - 1][3]) : `${data.tensors[tensor][3] || ''}`;
  const all = data.proofs[line] || [], found = all.find(p => cell && p.element == cell.element) || all.find(p => p.element < 0) || (gradient ? null : all[0]);
  if (!found) {
    const why = data.unproven[training];
    body.append(make('p', {class: 'note'}, why ? `Nothing was proven: ${why}.` : 'This number was not checked.'));
    return;
  }
  byId('proof-about').textContent = found.element < 0 ? `${label}, along a random direction` : label + indexOf(tensor, found.element);
  const row = (name, ...value) => make('tr', {}, make('th', {scope: 'row'}, name), make('td', {}, ...value));
  const split = text => [text.slice(0, found.same), make('span', {}, text.slice(found.same))];
  const table = make('table', {class: 'proof'});
  const isCell = cell && cell.element == found.element;
  table.append(row(gradient ? `recorded gradient, ${data.tensors[tensor][2]}` : `recorded, ${data.tensors[tensor][2]}`, isCell ? number(cell) : found.recorded));
  if (found.rule) table.append(row(gradient ? 'rules, replayed in float64' : 'op, replayed in float64', ...(found.difference ? split(found.rule) : [found.rule])));
  if (found.difference) table.append(row('central difference, float64', ...split(found.difference)));
  body.append(table);
  if (found.difference) body.append(make('p', {class: 'note'}, 'The central difference uses no rule: (f(x + h) - f(x - h)) / 2h, where f is the program, run again in float64.'));
  const message = found.message && found.message != 'the rule is wrong' ? make('p', {class: 'note'}, found.message) : '';
  if (found.verdict == 'unchecked') return body.append(verdict('unchecked', 'Not checked', message));
  if (found.error) body.append(verdict(found.verdict == 'wrong' ? 'wrong' : 'right', found.verdict == 'wrong' ? 'The rule is wrong' : 'The rule is right', ruler(found.error, 'apart')));
  if (found.kink) body.append(make('p', {class: 'note'}, 'There is a kink here: the gradient lies between the slopes of both sides.'));
  if (found.rounding) body.append(verdict(found.verdict == 'rounded' ? 'rounded' : 'right', found.verdict == 'rounded' ? `${data.tensors[tensor][2]} lost digits` : 'Rounding is ok', ruler(found.rounding, 'off')));
  if (message) body.append(message);
}

// ---- a step ----

function chooseTraining() {
  let now = 0;
  while (now + 2 < data.training.length && data.training[now + 1] <= step) ++now;
  if (now == training) return;
  training = now;
  for (const part of all('[data-training]')) {
    const is = +part.dataset.training == now;
    if (part.tagName == 'BUTTON') part.setAttribute('aria-pressed', is);
    else part.hidden = !is;
  }
  showTotals();
}

function show() {
  const focus = document.activeElement, panel = focus && focus.closest('section');
  const how = focus && ['data-element', 'data-pick', 'data-go'].find(a => focus.hasAttribute(a));
  chooseTraining();
  const from = data.training[training], until = data.training[training + 1];
  const backward = all(`.list [data-s="${step}"]`)[0].classList.contains('bwd');
  byId('page').classList.toggle('fwd', !backward);
  byId('page').classList.toggle('bwd', backward);
  showStory(from, until);
  showScrubber(from, until);
  showGraph();
  showSource();
  showFormula();
  showGradient();
  showWhy();
  showProof();
  if (focus != byId('range')) byId('live').textContent = `Step ${step}: ${sentence(step).textContent}`;
  if (focus && !focus.isConnected && panel) { // it was made anew
    const again = panel.querySelector(`[${how}="${focus.getAttribute(how)}"]`) || panel.querySelector('.ask');
    if (again) again.focus({preventScroll: true});
  } else if (focus && focus.closest('.list')) sentence(step).closest('button').focus({preventScroll: true});
}

function go(to) {
  step = Math.max(0, Math.min(last, to));
  picked = null;
  element = data.steps[step].lost ?? element;
  clearTimeout(addressing); // a browser counts the changes of an address, and refuses many
  addressing = setTimeout(() => { try { history.replaceState(null, '', `#step=${step}`); } catch (e) { /* not allowed in every viewer */ } }, 100);
  show();
}

function play(on) {
  clearInterval(timer);
  timer = on ? setInterval(() => step < last ? go(step + 1) : play(false), 1600) : 0;
  byId('play').classList.toggle('on', on);
  byId('play').lastElementChild.textContent = on ? 'Pause' : 'Play';
  if (on && step == last) go(0);
}

function fromAddress() {
  const found = /step=(\d+)/.exec(location.hash);
  return found ? Math.min(last, +found[1]) : 0;
}

// ---- what the reader does ----

function pick(tensor, at, gradient) {
  picked = {tensor, gradient};
  element = at;
  show();
}

document.addEventListener('click', event => {
  const on = event.target.closest('[data-go], [data-to], [data-pick], [data-element], [data-s], [data-training], [data-break], .ask, .canvas [data-ref], .canvas .n');
  if (!on) return;
  if (on.matches('.ask')) {
    const help = byId(on.getAttribute('aria-controls'));
    help.hidden = !help.hidden;
    on.setAttribute('aria-expanded', !help.hidden);
    return;
  }
  if (on.dataset.to) return byId(on.dataset.to).scrollIntoView(), byId(`${on.dataset.to}-h`).focus({preventScroll: true});
  if (on.dataset.break) return turn(on);
  if (on.matches('button[data-training]')) return play(false), go(data.training[+on.dataset.training]);
  if (on.dataset.go) return play(false), go(+on.dataset.go);
  if (on.dataset.s) return play(false), go(+on.dataset.s);
  if (on.dataset.element) { element = +on.dataset.element; return show(); }
  if (on.dataset.pick) { const [tensor, at, gradient] = on.dataset.pick.split(' ').map(Number); return pick(tensor, at, gradient == 1); }
  const box = on.closest('.n'), tensor = box ? +box.dataset.k.slice(1) : -1;
  const at = on.dataset.ref && /\[(\d+)\]$/.exec(on.dataset.ref);
  if (tensor >= 0) pick(tensor, at ? +at[1] : 0, !on.dataset.ref || !/\.values|\.stats/.test(on.dataset.ref));
});

// One break at a time, or none.
function turn(one) {
  const is = one.getAttribute('aria-checked') != 'true';
  for (const other of all('[data-break]')) other.setAttribute('aria-checked', other == one && is);
  for (const part of all('[data-broken]')) part.hidden = !is || part.dataset.broken != one.dataset.break;
  showGraph();
}

// Within a table of elements the arrow keys choose one.
function moveInGrid(target, key) {
  const cell = target.closest('td'), rows = cell && [...cell.closest('tbody').rows];
  if (!cell) return false;
  const r = rows.indexOf(cell.parentElement) + (key == 'ArrowDown') - (key == 'ArrowUp');
  const to = rows[r] && rows[r].cells[cell.cellIndex + (key == 'ArrowRight') - (key == 'ArrowLeft')];
  const button = to && to.querySelector('button');
  if (button) { button.focus(); button.click(); }
  return true;
}

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target, key = event.key, many = data.training.length - 1;
  if (target.closest('.grid') && key.startsWith('Arrow') && moveInGrid(target, key)) return event.preventDefault();
  if ((key == 'Enter' || key == ' ') && target.closest('.canvas .n')) target.dispatchEvent(new MouseEvent('click', {bubbles: true}));
  else if (key == ' ' && target.closest('button, summary')) return;
  else if (key == 'ArrowRight' || (key == 'ArrowDown' && target.closest('.list, #scrub'))) play(false), go(step + 1);
  else if (key == 'ArrowLeft' || (key == 'ArrowUp' && target.closest('.list, #scrub'))) play(false), go(step - 1);
  else if (key == 'Home') play(false), go(data.training[training]);
  else if (key == 'End') play(false), go(data.training[training + 1] - 1);
  else if (key == ' ') play(!timer);
  else return;
  event.preventDefault();
});

// How much room the panels need.
byId('page').classList.toggle('large', Object.values(data.numbers).some(([rows, columns]) => rows * columns > 4));
byId('page').style.setProperty('--uses', data.sums.reduce((most, [, rows]) => Math.min(6, Math.max(most, rows.length)), 2));
listenToGraph();
byId('range').addEventListener('input', event => { play(false); go(+event.target.value); });
byId('back').addEventListener('click', () => { play(false); go(step - 1); });
byId('next').addEventListener('click', () => { play(false); go(step + 1); });
byId('play').addEventListener('click', () => play(!timer));
addEventListener('hashchange', () => go(fromAddress()));
addEventListener('resize', showGraph);
go(fromAddress());
