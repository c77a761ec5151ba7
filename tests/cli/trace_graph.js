// For trace_graph.c, after trace_page.js: how the graphs of the page are drawn. At every step: no text leaves its box, nothing covers
// anything, no text is too small to read; what takes part in the step is in view, and a side at which there is more says so.
'use strict';

const LEAST = 10.9; // pixels of a text
const framesSeen = () => every('.frame').filter(seen);
const shownNow = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility == 'visible' && e.textContent != '';

function within(inner, outer, off) {
  return inner.x >= outer.x - off && inner.y >= outer.y - off && inner.x + inner.width <= outer.x + outer.width + off &&
    inner.y + inner.height <= outer.y + outer.height + off;
}

const overlap = (a, b, by) => Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > by &&
  Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > by;

// Ink of a text: its letters are less high than its box.
function ink(text) {
  const {x, y, width, height} = text.getBBox();
  return {x, y: y + height * .2, width, height: height * .6};
}

const dotsOf = new Map();

function dots(path) {
  if (!dotsOf.has(path)) {
    const length = path.getTotalLength(), points = [];
    for (let at = 0; at < length; at += 2) points.push(path.getPointAtLength(at));
    dotsOf.set(path, points);
  }
  return dotsOf.get(path);
}

function checkTexts(svg, what) {
  const texts = every('text', svg).filter(shownNow), inks = texts.map(ink), boxes = every('.n', svg).map(n => n.querySelector('.box').getBBox());
  const {x, y, width, height} = svg.viewBox.baseVal, scale = svg.getScreenCTM().a;
  texts.forEach((text, i) => {
    const says = `${what}: "${text.textContent}"`, own = text.closest('.n');
    if (parseFloat(getComputedStyle(text).fontSize) * scale < LEAST) fault(`${says} is ${(parseFloat(getComputedStyle(text).fontSize) * scale).toFixed(1)} px`);
    if (!within(inks[i], {x, y, width, height}, 0)) fault(`${says} is cut off`);
    if (own && !text.matches('.verb, .count') && !within(text.getBBox(), own.querySelector('.box').getBBox(), 1)) fault(`${says} is not within its box`);
    if (!own && !text.closest('.plus') && boxes.some(box => overlap(inks[i], box, .5))) fault(`${says} is in a box`);
    for (let k = 0; k < i; ++k) if (overlap(inks[i], inks[k], .5)) fault(`${says} and "${texts[k].textContent}" cover each other`);
  });
  for (const text of texts.filter(t => t.matches('.el, .count, .verb'))) {
    const {x, y, width, height} = ink(text), lines = every('.e path', svg).filter(p => p.getClientRects().length);
    if (lines.some(line => dots(line).some(d => d.x > x && d.x < x + width && d.y > y && d.y < y + height)))
      fault(`${what}: "${text.textContent}" is crossed by a line`);
  }
  for (let i = 0; i < boxes.length; ++i)
    for (let k = 0; k < i; ++k) if (overlap(boxes[i], boxes[k], 0)) fault(`${what}: two boxes cover each other`);
}

function checkView(frame, what) {
  const canvas = frame.querySelector('.canvas'), here = canvas.getBoundingClientRect();
  const wide = canvas.scrollWidth - canvas.clientWidth > 1, high = canvas.scrollHeight - canvas.clientHeight > 1;
  const mask = getComputedStyle(canvas).maskImage, fades = (side, is) => {
    if (canvas.matches(`.more-${side}`) != is) fault(`${what}: ${is ? 'no' : 'a'} sign of more, ${side}`);
    if (is && !(parseFloat(getComputedStyle(canvas).getPropertyValue(`--${side}`)) >= 16 && /gradient/.test(mask))) fault(`${what}: the sign of more, ${side}, is not seen`);
  };
  fades('left', canvas.scrollLeft > 1);
  fades('right', canvas.scrollLeft + canvas.clientWidth < canvas.scrollWidth - 1);
  fades('up', canvas.scrollTop > 1);
  fades('down', canvas.scrollTop + canvas.clientHeight < canvas.scrollHeight - 1);
  const overview = every('.overview', frame).filter(seen)[0];
  if (!!overview != (wide || high)) fault(`${what}: ${overview ? 'an' : 'no'} overview`);
  const acting = every('.n:is(.nowf, .nowb, .gets) > .box', canvas).map(b => b.getBoundingClientRect());
  const fits = b => b.width <= here.width && b.height <= here.height;
  if (acting.length && !acting.some(b => !fits(b) || within(b, here, 1))) fault(`${what}: what happens is out of view`);
}

function toStart() {
  press('Home');
  while (stepShown() > 0) press('ArrowLeft');
}

function checkGraphs(most) {
  toStart();
  for (let s = 0; s <= most; ++s) {
    framesSeen().forEach((frame, i) => {
      checkTexts(frame.querySelector('.canvas svg'), `step ${s}, graph ${i}`);
      checkView(frame, `step ${s}, graph ${i}`);
    });
    if (s == stepLast()) break;
    press('ArrowRight');
  }
  return done();
}

// Of each break, too.
function checkBroken(most) {
  for (const one of every('[data-break]')) {
    if (one.getAttribute('aria-checked') != 'true') one.click();
    if (framesSeen().length < 3) fault(`${one.textContent}: ${framesSeen().length} graphs`);
    checkGraphs(most).forEach(found => fault(`${one.textContent}: ${found}`));
    one.click();
  }
  return done();
}

// What is drawn does not move when the step changes.
function checkStill(most) {
  toStart();
  let first = null;
  for (let s = 0; s <= most && s <= stepLast(); ++s) {
    const heights = framesSeen().map(f => f.offsetHeight).join();
    if (data.training.includes(s) || first == null) first = heights;
    else if (heights != first) fault(`step ${s}: graphs are ${heights} px high, not ${first}`);
    press('ArrowRight');
  }
  return done();
}

// A place of the overview leads there, and so do its buttons.
function checkOverview() {
  const frame = framesSeen().find(f => every('.overview', f).some(seen));
  if (!frame) return fault('no graph is larger than its frame'), done();
  const canvas = frame.querySelector('.canvas'), small = frame.querySelector('.overview > svg'), {left, top, width, height} = small.getBoundingClientRect();
  const at = place => {
    for (const kind of ['pointerdown', 'pointerup'])
      small.dispatchEvent(new PointerEvent(kind, {clientX: left + width * place, clientY: top + height * .5, bubbles: true, pointerId: 1, buttons: kind == 'pointerdown' ? 1 : 0}));
    return canvas.scrollLeft;
  };
  const most = canvas.scrollWidth - canvas.clientWidth;
  if (Math.abs(at(1) - most) > 2 || at(0) != 0) fault('the ends of the overview do not lead to the ends');
  if (Math.abs(at(.5) - most / 2) > 2) fault(`the middle of the overview leads to ${canvas.scrollLeft} of ${most}`);
  const marked = small.querySelector('.seen').getBoundingClientRect(), middle = (marked.left + marked.right) / 2;
  const [back, next] = every('.overview button', frame);
  at(0);
  next.click();
  const there = canvas.scrollLeft;
  if (there <= 0) fault('the button to the right does not lead there');
  back.click();
  if (canvas.scrollLeft >= there) fault('the button to the left does not lead back');
  for (const button of [back, next]) if (button.offsetWidth < 44 || button.offsetHeight < 44) fault('a button is too small for a thumb');
  if (!(middle > left && middle < left + width)) fault('the overview does not mark a place');
  return done();
}

// By thumb: what the scrubber and the sections' heads have to press.
function checkThumb() {
  const pressed = e => {
    const box = e.getBoundingClientRect(), after = getComputedStyle(e, '::after');
    const grow = after.content == 'none' ? 0 : -2 * parseFloat(after.top) || 0;
    return Math.min(box.width, box.height) + grow;
  };
  for (const e of every('.control button, .choose button, .ask, .overview button, .switch').filter(seen))
    if (pressed(e) < 43.5) fault(`${e.getAttribute('aria-label') || e.textContent} is ${pressed(e).toFixed(0)} px`);
  const order = every('.control button').map(e => e.id).join();
  if (order != 'back,play,next') fault(`the buttons are ${order}`);
  const row = every('.control button').map(e => e.getBoundingClientRect());
  if (row.some(b => Math.abs(b.top - row[0].top) > 1)) fault('the buttons do not stand in one row');
  return done();
}
