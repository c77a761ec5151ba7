// For report_page.c, in the page itself: what it shows beside what it has to show, which is worked out here once more from what the
// commands say. Each check returns its faults.
'use strict';

// By report_page.c: what the commands print, of the page's model and table.
const known = {};

let faults = [];

function expect(what, found, wanted, tolerance = 0) {
  const same = typeof found == 'number' && typeof wanted == 'number'
    ? Math.abs(found - wanted) <= tolerance : found === wanted;
  if (!same) faults.push(`${what}: ${found} is not ${wanted}`);
}

function expectList(what, found, wanted, tolerance = 0) {
  expect(`${what}, how many`, found.length, wanted.length);
  wanted.forEach((value, i) => expect(`${what} ${i}`, found[i], value, tolerance));
}

function done() {
  const all = faults;
  faults = [];
  return all;
}

// ---- what is shown ----

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const table = caption => all('table').find(t => t.caption.textContent.startsWith(caption));

// What a cell holds, which is what it shows: with four digits, or the whole number.
function valueOf(cell) {
  const data = cell.querySelector('data');
  if (!data) return cell.textContent;
  const value = +data.value, whole = Number.isInteger(value) && Math.abs(value) < 1e9;
  expect(`what shows ${value}`, +cell.textContent, value, whole ? 0 : 5e-4 * Math.abs(value));
  return value;
}

const rows = caption => [...table(caption).tBodies[0].rows].map(r => [...r.cells].map(valueOf));
const column = (caption, i) => rows(caption).map(r => r[i]);
const heads = caption => [...table(caption).tHead.rows[0].cells].map(c => c.textContent);
const chart = id => document.querySelector(`svg[aria-labelledby^="${id}-t "]`);
const texts = svg => all('text', svg).map(t => t.textContent);
const description = svg => document.getElementById(svg.getAttribute('aria-labelledby').split(' ')[1]).textContent;

// %.4g and %.6g
const digits = (value, count) => String(+(+value).toPrecision(count));

// From a place in a picture to the number there, by all the labels of an axis, which must be in line.
function scale(svg, end, along) {
  const numbers = all(`text[text-anchor=${end}]`, svg).filter(t => !isNaN(parseFloat(t.textContent))).map(t => ({
    value: parseFloat(t.textContent) * (t.textContent.endsWith('k') ? 1000 : 1),
    at: +t.getAttribute(along) - (along == 'y' ? 4 : 0)}));
  const a = numbers[0], b = numbers[numbers.length - 1];
  const number = at => a.value + (at - a.at) / (b.at - a.at) * (b.value - a.value);
  for (const n of numbers)
    expect(`a label of ${along}`, number(n.at), n.value, 2e-3 * Math.abs(b.value - a.value));
  return number;
}

// The points of a line, or the centres of dots.
function points(id, i) {
  const svg = chart(id), x = scale(svg, 'middle', 'x'), y = scale(svg, 'end', 'y');
  return all('.series', svg)[i].querySelector('path').getAttribute('d').slice(1).split(/[ML]/)
    .map(p => p.split('m')[0].split(',').map(Number)).map(p => [x(p[0]), y(p[1])]);
}

// Each number of a column of bars is as long as it is wide: from and to in parts of the cell, right ones before wrong ones.
function expectBar(what, cell, from, to) {
  const ends = [Math.min(from, to), Math.max(from, to)].map(v => (100 * v).toFixed(2));
  const colour = to < from ? 'var(--back)' : 'var(--bar)';
  const wanted = `transparent ${ends[0]}%, ${colour} ${ends[0]}%, ${colour} ${ends[1]}%, transparent ${ends[1]}%`;
  const found = cell.getAttribute('style').replace(/,(?=\S)/g, ', ');
  if (!found.includes(wanted)) faults.push(`the bar of ${what}: ${found} is not ${wanted}`);
}

// ---- what is so ----

function csv(text) {
  const lines = text.replace(/\r?\n$/, '').split('\n').map(line =>
    [...(',' + line).matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(m => m[1] ?? m[2]));
  return lines.slice(1).map(fields => Object.fromEntries(lines[0].map((name, i) => [name, fields[i]])));
}

const target = () => JSON.parse(known.model).target;
const names = () => target().classes ?? target().columns;

// Of a class or label, in each row where it is known: how likely it is, whether it is said, whether it is so.
function judged(name) {
  const truth = csv(known.truth), said = csv(known.said), classes = target().classes;
  return truth.map((row, i) => ({
    p: +said[i][`prob_${name}`],
    said: classes ? said[i].prediction == name : said[i][name] == '1',
    cell: classes ? row[target().columns[0]] : row[name],
    so: classes ? row[target().columns[0]] == name : row[name] == '1',
  })).filter(r => r.cell != '');
}

const sum = list => list.reduce((a, b) => a + b, 0);

// After each threshold, highest first: [false positives, true ones, said].
function counts(cells) {
  const sorted = [...cells].sort((a, b) => b.p - a.p), list = [];
  let wrong = 0, right = 0;
  sorted.forEach((cell, i) => {
    cell.so ? ++right : ++wrong;
    if (i + 1 == sorted.length || sorted[i + 1].p != cell.p) list.push([wrong, right]);
  });
  return list;
}

// ---- checks ----

function checkHead() {
  const model = JSON.parse(known.inspected), network = model.network, facts = {};
  all('dt').forEach(dt => facts[dt.textContent] = dt.nextElementSibling.textContent);
  expect('title', document.title, 'm.st – Gradus report');
  expect('h1', document.querySelector('h1').textContent, 'm.st');
  expect('target', facts.target, target().columns.join(', ') + (target().classes ? ': ' + target().classes.join(', ') : ''));
  expect('task', facts.task, target().task);
  expect('network', facts.network,
    [`${network.inputs} feature${network.inputs == 1 ? '' : 's'}`, ...network.hidden.map(h => `${h} ${network.act}`),
      `${network.outputs} output${network.outputs == 1 ? '' : 's'}`].join(' → '));
  for (const key of ['table', 'seed', 'rows', 'model', 'epochs', 'validation', 'folds'])
    expect(key, facts[key], String(model.training[key]));
  expectList('sections', all('nav a').map(a => a.hash), all('main section').map(s => `#${s.id}`));
  all('nav a').forEach(a => expect(a.hash, document.querySelector(a.hash).querySelector('h2').textContent, a.textContent));
  return done();
}

function checkScores() {
  const scores = JSON.parse(known.scores), keys = Object.keys(scores).filter(k => k != 'majority_accuracy');
  const shown = rows('Scores'), lines = known.text.split('\n').map(line => line.split(/ +/));
  expectList('heads', heads('Scores'), ['score', 'model', 'baseline']);
  expectList('scores', column('Scores', 0), target().task == 'binary' ? [...keys, 'threshold'] : keys);
  keys.forEach((key, i) => {
    const baseline = lines.find(line => line[0] == key)[2];
    expect(key, shown[i][1], scores[key]);
    expect(`${key} of the baseline`, baseline == undefined ? shown[i][2] : +digits(shown[i][2], 4),
      baseline == undefined ? '' : +baseline, 1e-12);
  });
  if (target().task == 'binary') expect('threshold', shown[keys.length][1], known.thresholds[0]);
  expect('how', document.querySelector('#scores p').textContent.startsWith(`Scores on ${scores.rows} rows of t.csv. `), true);
  return done();
}

function checkClasses() {
  const classes = !!target().classes, caption = classes ? 'Scores per class' : 'Scores per label';
  expectList('heads', heads(caption),
    [classes ? 'class' : 'label', 'f1', 'precision', 'recall', 'support', ...(classes ? [] : ['threshold'])]);
  expectList('names', column(caption, 0), names());
  rows(caption).forEach((row, i) => {
    const cells = judged(row[0]), right = cells.filter(c => c.said && c.so).length;
    const said = cells.filter(c => c.said).length, support = cells.filter(c => c.so).length;
    const wanted = [2 * right / (said + support), said ? right / said : 0, right / support, support];
    if (!classes) wanted.push(known.thresholds[i]);
    expectList(row[0], row.slice(1), wanted, 1e-12);
    all('.bar', table(caption).tBodies[0].rows[i]).forEach((cell, k) => expectBar(row[0], cell, 0, wanted[k]));
  });
  return done();
}

function checkConfusion() {
  const caption = 'Confusion matrix', truth = csv(known.truth).map(r => r[target().columns[0]]);
  const said = csv(known.said).map(r => r.prediction);
  expectList('heads', heads(caption), ['true \\ predicted', ...names()]);
  expectList('names', column(caption, 0), names());
  rows(caption).forEach((row, i) => row.slice(1).forEach((count, j) => {
    const of = truth.filter(t => t == names()[i]).length;
    const wanted = truth.filter((t, k) => t == names()[i] && said[k] == names()[j]).length;
    const style = table(caption).tBodies[0].rows[i].cells[j + 1].getAttribute('style');
    const tint = `var(--${i == j ? 'bar' : 'back'}) ${Math.round(100 * wanted / of)}%`;
    expect(`${names()[i]} said to be ${names()[j]}`, count, wanted);
    expect(`the tint of ${i}, ${j}`, style.includes(tint), true);
  }));
  return done();
}

// A line goes through, and only through, these points, but for what is closer than a pixel.
function expectLine(what, found, wanted) {
  const close = (a, b) => Math.abs(a[0] - b[0]) < 2.5e-3 && Math.abs(a[1] - b[1]) < 2.5e-3;
  expect(`${what}, its ends`, close(found[0], wanted[0]) && close(found[found.length - 1], wanted[wanted.length - 1]), true);
  found.forEach(p => { if (!wanted.some(w => close(p, w))) faults.push(`${what}: ${p} is not on it`); });
  wanted.forEach(w => { if (!found.some(p => close(p, w))) faults.push(`${what}: ${w} is missing`); });
}

function checkCurve(id, index, caption, line, area, best) {
  const svg = chart(`${id}${index}`), row = rows(caption)[index];
  expect(`${id} area of ${row[0]}`, row[1], area, 1e-9);
  heads(caption).slice(2).forEach((head, k) => expect(`${id} of ${row[0]} at ${head}`, row[k + 2], best(+head.slice(1)), 1e-12));
  expectLine(`${id} of ${row[0]}`, points(`${id}${index}`, 0), line);
  expect(`${id}: title`, svg.querySelector('title').textContent, row[0]);
  expect(`${id}: area in words`, description(svg).includes(` ${digits(area, 4)}. `), true);
}

function checkCurves() {
  const shown = target().task == 'binary' ? names().slice(1) : names();
  for (const caption of ['Highest true positive rate', 'Highest precision'])
    expectList(caption, column(caption, 0), shown);
  shown.forEach((name, i) => {
    const cells = judged(name), positives = cells.filter(c => c.so).length, negatives = cells.length - positives;
    const at = counts(cells);
    const roc = [[0, 0], ...at.map(([wrong, right]) => [wrong / negatives, right / positives])];
    const precision = at.map(([wrong, right]) => [right / positives, right / (wrong + right)]);
    const before = i => i > 0 ? precision[i - 1][0] : 0;
    checkCurve('roc', i, 'Highest true positive rate', roc, sum(roc.slice(1).map((p, k) => (p[0] - roc[k][0]) * (p[1] + roc[k][1]) / 2)),
      level => Math.max(...roc.filter(p => p[0] <= level).map(p => p[1])));
    checkCurve('pr', i, 'Highest precision', precision.flatMap((p, k) => [[before(k), p[1]], p]),
      sum(precision.map((p, k) => (p[0] - before(k)) * p[1])),
      level => Math.max(...precision.filter(p => p[0] >= level).map(p => p[1])));
  });
  expect('charts', all('#curves svg').length, 2 * shown.length);
  all('#curves svg').forEach(svg => {
    const roc = svg.getAttribute('aria-labelledby').startsWith('roc');
    expect('x', texts(svg).includes(roc ? 'false positive rate' : 'recall'), true);
    expect('y', svg.querySelector('text[transform]').textContent, roc ? 'true positive rate' : 'precision');
    expect('a diagonal', svg.querySelector('path[stroke-dasharray="2 4"]') != null, roc);
  });
  return done();
}

function checkPredictions() {
  const predictions = csv(known.said);
  const every = csv(known.truth).map((r, i) => ({row: i + 1, y: r.y, said: +predictions[i].prediction})).filter(r => r.y != '');
  const taken = Math.min(1000, every.length); // evenly
  const list = Array.from({length: taken}, (_, i) => every[Math.floor(i * every.length / taken)]);
  const truth = list.map(r => +r.y), said = list.map(r => r.said);
  const errors = every.map(r => r.said - r.y).sort((a, b) => a - b);
  expectList('row', rows('Predictions').map(r => +r[0]), list.map(r => r.row));
  expectList('true', column('Predictions', 1), truth, 1e-6);
  expectList('predicted', column('Predictions', 2), said, 1e-6);
  expectList('heads', heads('Predictions'), ['row', 'true', 'predicted']);
  expectList('quantiles', column('Quantiles of', 0), ['0 %', '5 %', '25 %', '50 %', '75 %', '95 %', '100 %']);
  rows('Quantiles of').forEach(row => {
    const at = parseFloat(row[0]) / 100 * (errors.length - 1), i = Math.floor(at);
    expect(row[0], row[1], errors[i] + (at - i) * ((errors[i + 1] ?? 0) - errors[i]), 1e-6);
  });
  const dots = all('.series path', chart('scatter'))[0].getAttribute('d').split('M').length - 1;
  const range = Math.max(...truth, ...said) - Math.min(...truth, ...said);
  expect('dots', dots, truth.length);
  points('scatter', 0).forEach((p, i) => {
    expect(`x of dot ${i}`, p[0], truth[i], range / 500);
    expect(`y of dot ${i}`, p[1], said[i], range / 500);
  });
  return done();
}

function checkWeights() {
  const model = JSON.parse(known.model), weights = model.weights, shown = rows('Weights');
  const most = Math.max(...weights.flat().map(Math.abs)), sizes = shown.map(r => Math.max(...r.slice(1).map(Math.abs)));
  const outputs = weights.length == 1 && target().task == 'binary' ? names().slice(1) : names();
  expectList('heads', heads('Weights'), ['feature', ...outputs]);
  expectList('features', column('Weights', 0).sort(), [...model.features].sort());
  expectList('order', sizes, [...sizes].sort((a, b) => b - a));
  shown.forEach((row, i) => weights.forEach((list, j) => {
    const weight = list[model.features.indexOf(row[0])];
    expect(`${row[0]} of ${outputs[j]}`, row[j + 1], weight, 1e-12);
    expectBar(row[0], table('Weights').tBodies[0].rows[i].cells[j + 1], 0.5, 0.5 + 0.5 * weight / most);
  }));
  return done();
}

const trainedOn = 'The model was trained on these rows.';

// Their values are tested in train_report.c.
function checkImportances() {
  const shown = rows('Permutation importance'), rises = shown.map(r => r[1]);
  expectList('heads', heads('Permutation importance'),
    ['column', target().task == 'regression' ? 'increase in RMSE' : 'increase in log loss', '± std. dev.']);
  expectList('columns', column('Permutation importance', 0).sort(), JSON.parse(known.model).columns.map(c => c.name).sort());
  expectList('order', rises, [...rises].sort((a, b) => b - a));
  shown.forEach((row, i) => {
    expectBar(row[0], table('Permutation importance').tBodies[0].rows[i].cells[1], 0, Math.max(0, row[1] / rises[0]));
    expect(`the deviation of ${row[0]}`, row[2] >= 0, true);
  });
  return done();
}

// Six digits of what has fifteen: the last may be another.
function expectSpan(column, text) {
  const found = text.match(/^(\S+) to (\S+), mean (\S+)$/).slice(1).map(Number);
  expectList(`what ${column.name} holds`, found, [column.min, column.max, column.mean], 1e-5 * Math.max(...found.map(Math.abs)));
}

function contentsOf(column) {
  if (!column.levels) return `${column.distinct} distinct values`;
  const levels = Object.entries(column.levels).map(([name, count]) => `${name} ${count}`);
  return levels.slice(0, 8).join(', ') + (levels.length > 8 ? ', …' : '');
}

function useOf(column, encoded) {
  const missing = encoded?.missing ? '; missing-value indicator' : '';
  if (column.target) return 'target';
  if (!encoded) return 'not used';
  if (encoded.kind == 'number')
    return `standardised (mean ${digits(encoded.mean, 6)}, std. dev. ${digits(encoded.deviation, 6)}); missing values become the mean${missing}`;
  return `one-hot encoded: ${encoded.levels.length} feature${encoded.levels.length == 1 ? '' : 's'}${missing}`;
}

// notes: what training has said of the columns, as train prints it.
function checkData(notes = []) {
  const inspected = JSON.parse(known.table), encoder = JSON.parse(known.model).columns, shown = rows('Columns');
  const items = id => all('li', document.querySelector(`#${id} + ul`) ?? document.createElement('ul')).map(li => li.textContent);
  expect('rows', document.querySelector('#data p').textContent, `t.csv: ${inspected.rows} rows, ${inspected.columns.length} columns.`);
  expectList('heads', heads('Columns'), ['column', 'type', 'missing', 'values', 'preprocessing']);
  expect('columns', shown.length, inspected.columns.length);
  inspected.columns.forEach((c, i) => {
    const holds = 'min' in c ? shown[i][3] : contentsOf(c);
    expectList(c.name, shown[i], [c.name, c.type, c.missing, holds, useOf(c, encoder.find(e => e.name == c.name))]);
    if ('min' in c) expectSpan(c, shown[i][3]);
  });
  const warnings = inspected.warnings.map(w => w.message).filter(text => !text.startsWith('"id"')); // which is one already
  expectList('warnings', items('warnings'), warnings);
  if (warnings.length == 0)
    expect('no warning', document.querySelector('#warnings + p').textContent, 'No likely problems found.');
  expectList('notes', items('notes'), notes);
  return done();
}

// The table is the log; lines, their markers and their words are the table.
function checkTraining(stage) {
  const log = known.log.trim().split('\n').map(line => JSON.parse(line)).filter(line => line.stage == stage);
  const wanted = log.map(l => [String(l.epoch), l.train_loss, l.valid_loss, l.accuracy]);
  expectList('heads', heads('After each epoch'), ['epoch', 'training loss', 'validation loss', 'accuracy']);
  expect('epochs', rows('After each epoch').length, log.length);
  rows('After each epoch').forEach((row, i) => expectList(`epoch ${i + 1}`, row, wanted[i], 1e-8));
  const drawn = [['loss', 0, 'train_loss', 'training'], ['loss', 1, 'valid_loss', 'validation'], ['score', 0, 'accuracy', 'validation']];
  for (const [id, i, key, name] of drawn) {
    const values = log.map(l => l[key]), series = all('.series', chart(id))[i], last = log[log.length - 1];
    const range = Math.max(...log.map(l => Math.max(l.train_loss, l.valid_loss)));
    expectList(`${id} ${name}, x`, points(id, i).map(p => p[0]), log.map(l => l.epoch), 0.05);
    expectList(`${id} ${name}, y`, points(id, i).map(p => p[1]), values, 0.005 * range);
    expect(`${id} ${name} is dashed`, series.querySelector('path').hasAttribute('stroke-dasharray'), name == 'training');
    const centres = all('path', series)[1].getAttribute('d').match(/M[\d.]+,[\d.]+/g).join('').slice(1);
    expect(`${id} ${name}, markers`, centres, series.querySelector('path').getAttribute('d').slice(1).replace(/L/g, 'M'));
    expect(`${id} ${name} in words`, description(chart(id)).includes(`${name}: from ${digits(values[0], 4)} after epoch 1 to ` +
      `${digits(values[values.length - 1], 4)} after epoch ${last.epoch}; minimum ${digits(Math.min(...values), 4)} after`), true);
    const legend = all('g:not(.series)', chart(id))[i];
    expect(`${id} ${name} in the legend`, legend.nextElementSibling.textContent, name);
    expect(`${id} ${name}, its colour there`, getComputedStyle(legend).color, getComputedStyle(series).color);
    expect(`${id} ${name}, its line there`, legend.querySelector('path').getAttribute('stroke-dasharray'),
      series.querySelector('path').getAttribute('stroke-dasharray'));
  }
  expect('title', chart('loss').querySelector('title').textContent, `loss (${stage})`);
  expect('title', chart('score').querySelector('title').textContent, 'validation accuracy');
  return done();
}

true;
