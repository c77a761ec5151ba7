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
    for (const part of all('[data-at], [data-in], [data-k]', canvas)) showPart(part, marks);
    scrollTo(canvas);
    signs(canvas);
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
    make('span', {class: t.matches('.off') ? 'off' : null, 'data-ref': t.dataset.ref || null}, t.textContent)]);
  all('.here', broken)[0].append('At this step ', code(`d${nameOf(tensor)}`), ' is ', ...texts(wrong), '; the truth is ', ...texts(right), '.');
}

function showPart(part, marks) {
  if (part.dataset.in) {
    const [from, until] = part.dataset.in.split(' ').map(Number);
    part.style.display = step >= from && step < until ? '' : 'none';
  }
  part.base = part.base || part.getAttribute('class');
  const mark = marks.get(part.dataset.k), ghost = part.dataset.at && step < +part.dataset.at ? ' ghost' : '';
  part.setAttribute('class', part.base + ghost + (mark ? mark.state : ''));
  const verb = part.querySelector(':scope > .verb');
  if (verb) verb.textContent = mark ? mark.verb : '';
}

// What takes part in the step is to be seen.
function scrollTo(canvas) {
  const parts = data.steps[step].marks.map(m => canvas.querySelector(`[data-k="${m[0]}"]`)).filter(p => p && p.dataset.k[0] == 'b');
  if (!parts.length || canvas.scrollWidth <= canvas.clientWidth) return;
  const frame = canvas.getBoundingClientRect(), boxes = parts.map(p => p.querySelector('.box').getBoundingClientRect());
  const left = Math.min(...boxes.map(b => b.left)) - frame.left, right = Math.max(...boxes.map(b => b.right)) - frame.left;
  if (left < 24) canvas.scrollLeft += left - 48;
  else if (right > canvas.clientWidth - 24) canvas.scrollLeft += Math.min(right - canvas.clientWidth + 48, left - 24);
}

// A side at which there is more fades out. A graph that is wider than its frame has itself, small, above it: the part that is seen is
// framed there.
function signs(canvas) {
  if (!canvas.offsetParent) return;
  const most = canvas.scrollWidth - canvas.clientWidth, overview = canvas.previousElementSibling;
  canvas.classList.toggle('more-left', canvas.scrollLeft > 1);
  canvas.classList.toggle('more-right', canvas.scrollLeft < most - 1);
  if (!overview || !overview.matches('.overview')) return;
  overview.classList.toggle('whole', most <= 1);
  const {x, width} = canvas.querySelector('svg').viewBox.baseVal, frame = overview.querySelector('rect');
  frame.setAttribute('x', x + width * canvas.scrollLeft / canvas.scrollWidth);
  frame.setAttribute('width', width * canvas.clientWidth / canvas.scrollWidth);
}

function addOverview(canvas, i) {
  const picture = canvas.querySelector('svg'), box = picture.viewBox.baseVal, places = `${box.x} ${box.y} ${box.width} ${box.height}`;
  const part = (name, attributes) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  picture.id = `graph-${i}`;
  const small = part('svg', {viewBox: places}), frame = {y: box.y + 1, height: box.height - 2, x: 0, width: 0};
  small.append(part('use', {href: `#graph-${i}`, x: box.x, y: box.y, width: box.width, height: box.height}), part('rect', frame));
  const overview = make('div', {class: 'overview', 'aria-hidden': 'true', title: 'The whole graph: choose a place to see it'}, small);
  if (canvas.dataset.training) overview.dataset.training = canvas.dataset.training;
  overview.hidden = canvas.hidden;
  canvas.before(overview);
  const look = event => {
    const {left, width} = small.getBoundingClientRect();
    canvas.scrollLeft = (event.clientX - left) / width * canvas.scrollWidth - canvas.clientWidth / 2;
  };
  overview.addEventListener('pointerdown', event => { overview.setPointerCapture(event.pointerId); look(event); });
  overview.addEventListener('pointermove', event => event.buttons && look(event));
}

function caption(box) {
  if (box) byId('caption').textContent = box.querySelector('title').textContent;
  else byId('caption').replaceChildren(...[...sentence(step).childNodes].map(n => n.cloneNode(true)));
}

function listenToGraph() {
  all('.canvas.wide:not(.small)').forEach(addOverview);
  for (const canvas of all('.canvas')) {
    for (const kind of ['mouseover', 'focusin']) canvas.addEventListener(kind, e => caption(e.target.closest('.n')));
    for (const kind of ['mouseleave', 'focusout']) canvas.addEventListener(kind, () => caption());
    canvas.addEventListener('scroll', () => signs(canvas), {passive: true});
  }
}
