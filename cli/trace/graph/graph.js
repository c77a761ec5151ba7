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
  }
  for (const part of all('.parting')) showPart(part, marks);
  caption();
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

function caption(box) {
  if (box) byId('caption').textContent = box.querySelector('title').textContent;
  else byId('caption').replaceChildren(...[...sentence(step).childNodes].map(n => n.cloneNode(true)));
}

function listenToGraph() {
  for (const canvas of all('.canvas')) {
    for (const kind of ['mouseover', 'focusin']) canvas.addEventListener(kind, e => caption(e.target.closest('.n')));
    for (const kind of ['mouseleave', 'focusout']) canvas.addEventListener(kind, () => caption());
  }
}
