// The graph of the page: its parts in the state of a step, and what of it is in view. In one script with page.js.
'use strict';

// Puts the parts of the pictures that are seen into the state of the step.
function showGraph() {
  const marks = new Map();
  for (const [part, state, verb] of data.steps[step].marks) {
    const mark = marks.get(part) || {state: '', verb: ''};
    marks.set(part, {state: `${mark.state} ${state}`, verb: verb || mark.verb});
  }
  for (const canvas of all('.canvas').filter(c => c.offsetParent)) {
    for (const part of all('[data-at], [data-in], [data-k]', canvas.parentElement)) showPart(part, marks);
    scrollTo(canvas);
    showMore(canvas);
  }
  for (const part of all('.parting')) showPart(part, marks);
  showHere();
  caption();
}

// What the gradient of this step is where something is broken, and in truth: as both small graphs have it.
function showHere() {
  const {tensor} = data.steps[step], broken = all('.broken:not([hidden])')[0];
  for (const here of all('.here')) here.replaceChildren();
  if (!broken || tensor < 0) return;
  const shown = canvas => [...canvas.querySelectorAll(`[data-k="b${tensor}"] .num`)].find(n => n.closest('[data-in]').style.display != 'none');
  const [wrong, right] = all('.pair:not([hidden]) .canvas', broken).filter(c => c.offsetParent).map(shown);
  if (!wrong || !right || !wrong.querySelector('.off')) return;
  const texts = of => [...of.querySelectorAll('tspan')].flatMap((t, i) => [i ? ', ' : '',
    make('span', {class: t.matches('.off') ? 'off' : null, 'data-ref': t.dataset.ref || null}, t.textContent.replace('≠ ', ''))]);
  all('.here', broken)[0].append('At this step ', code(`d${nameOf(tensor)}`), ' is ', ...texts(wrong), '; the truth is ', ...texts(right), '.');
}

function showPart(part, marks) {
  if (part.dataset.in) {
    const [from, until] = part.dataset.in.split(' ').map(Number);
    const display = step >= from && step < until ? '' : 'none';
    if (part.style.display != display) part.style.display = display;
  }
  part.base = part.base || part.getAttribute('class');
  const mark = marks.get(part.dataset.k), ghost = part.dataset.at && step < +part.dataset.at ? ' ghost' : '';
  const state = part.base + ghost + (mark ? mark.state : '');
  if (part.getAttribute('class') != state) part.setAttribute('class', state);
  const verb = part.querySelector(':scope > .verb');
  if (verb && verb.textContent != (mark ? mark.verb : '')) verb.textContent = mark ? mark.verb : '';
}

// What takes part in the step is to be seen: all of it, or where that is too wide what acts, and in a small graph what gets.
function scrollTo(canvas) {
  const parts = data.steps[step].marks.filter(m => m[0][0] == 'b').map(m => canvas.querySelector(`[data-k="${m[0]}"]`)).filter(p => p);
  if (!parts.length) return;
  const frame = canvas.getBoundingClientRect(), around = parts.map(p => p.querySelector('.box').getBoundingClientRect()), most = 48;
  const gets = canvas.closest('.small') ? parts.findIndex(p => p.matches('.gets')) : -1, one = around[Math.max(gets, 0)];
  for (const [begin, end, scroll, size] of [['left', 'right', 'scrollLeft', canvas.clientWidth], ['top', 'bottom', 'scrollTop', canvas.clientHeight]]) {
    const at = r => r - frame[begin] + canvas[scroll];
    let low = Math.min(...around.map(r => r[begin])), high = Math.max(...around.map(r => r[end]));
    if (high - low > size - 8) { low = one[begin]; high = one[end]; }
    const beside = Math.max(0, Math.min(most, (size - high + low) / 2));
    if (at(low) - beside < canvas[scroll]) canvas[scroll] = at(low) - beside;
    else if (at(high) + beside > canvas[scroll] + size) canvas[scroll] = at(high) + beside - size;
  }
}

// A side at which there is more fades out. A graph that is larger than its canvas has itself, small, above it: the part that is seen
// is framed there.
function showMore(canvas) {
  if (!canvas.offsetParent) return;
  const wide = canvas.scrollWidth - canvas.clientWidth, high = canvas.scrollHeight - canvas.clientHeight, frame = canvas.parentElement;
  const more = {left: canvas.scrollLeft > 1, right: canvas.scrollLeft < wide - 1, up: canvas.scrollTop > 1, down: canvas.scrollTop < high - 1};
  for (const [side, is] of Object.entries(more)) canvas.classList.toggle(`more-${side}`, is);
  frame.classList.toggle('whole', wide <= 1 && high <= 1);
  if (frame.matches('.whole')) return;
  const overview = frame.querySelector('.overview') || addOverview(canvas), seen = overview.querySelector('.seen');
  const {x, y, width, height} = canvas.querySelector('svg').viewBox.baseVal;
  seen.setAttribute('x', x + width * canvas.scrollLeft / canvas.scrollWidth);
  seen.setAttribute('y', y + height * canvas.scrollTop / canvas.scrollHeight);
  seen.setAttribute('width', width * canvas.clientWidth / canvas.scrollWidth);
  seen.setAttribute('height', height * canvas.clientHeight / canvas.scrollHeight);
  for (const button of all('button', overview)) button.setAttribute('aria-disabled', !more[button.dataset.side]);
}

function drawn(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function addOverview(canvas) {
  const picture = canvas.querySelector('svg'), {x, y, width, height} = picture.viewBox.baseVal;
  const small = drawn('svg', {class: 'g', viewBox: `${x} ${y} ${width} ${height}`, width, height, 'aria-hidden': true});
  const parts = all('.n, .e', picture).map(part => { // boxes and lines, in the same state
    const copy = part.cloneNode(false);
    copy.base = part.base;
    copy.removeAttribute('tabindex');
    copy.append(...[...part.children].filter(c => c.matches('.box, path')).map(c => c.cloneNode(false)));
    return copy;
  });
  small.append(...parts, drawn('rect', {class: 'seen'}));
  const turn = (side, by, path) => {
    const button = make('button', {'data-side': side, 'aria-label': `More of the graph: ${side}`}), sign = drawn('svg', {viewBox: '0 0 12 12', 'aria-hidden': true});
    sign.append(drawn('path', {d: path}));
    button.append(sign);
    button.addEventListener('click', () => { canvas.scrollLeft += by * canvas.clientWidth * .75; });
    return button;
  };
  const overview = make('div', {class: 'overview'}, turn('left', -1, 'M8 1L3 6l5 5'), small, turn('right', 1, 'M4 1l5 5-5 5'));
  canvas.before(overview);
  const look = event => {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(small.getScreenCTM().inverse());
    canvas.scrollLeft = (place.x - x) / width * canvas.scrollWidth - canvas.clientWidth / 2;
    canvas.scrollTop = (place.y - y) / height * canvas.scrollHeight - canvas.clientHeight / 2;
  };
  small.addEventListener('pointerdown', event => { small.setPointerCapture(event.pointerId); look(event); });
  small.addEventListener('pointermove', event => event.buttons && look(event));
  return overview;
}

function caption(box) {
  if (box) byId('caption').textContent = box.querySelector('title').textContent;
  else byId('caption').replaceChildren(...[...sentence(step).childNodes].map(n => n.cloneNode(true)));
}

function listenToGraph() {
  for (const canvas of all('.canvas')) {
    for (const kind of ['mouseover', 'focusin']) canvas.addEventListener(kind, e => caption(e.target.closest('.n')));
    for (const kind of ['mouseleave', 'focusout']) canvas.addEventListener(kind, () => caption());
    canvas.addEventListener('scroll', () => showMore(canvas), {passive: true});
  }
}
