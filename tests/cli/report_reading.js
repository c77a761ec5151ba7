// Beside report_page.js: how a page is to be read, in light and dark, wide and narrow, by eye and by ear, and offline.
'use strict';

function light(colour) {
  const c = colour.match(/[\d.]+/g).slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}

function contrast(a, b) {
  const x = light(a), y = light(b);
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

// WCAG 2: text 4.5, what is drawn 3.
function checkContrast(dark) {
  const paper = getComputedStyle(document.body).backgroundColor, probe = document.createElement('p');
  expect('dark', light(paper) < 0.1, dark);
  all('p, dt, dd, a, caption, th, td, li, summary, h1, h2, h3, svg text').forEach(e =>
    expect(`contrast of "${e.textContent.slice(0, 40)}"`, contrast(getComputedStyle(e).color, paper) >= 4.5, true));
  all('svg .series, svg g').forEach(e => expect(`contrast of ${e.getAttribute('class')}`,
    contrast(getComputedStyle(e).color, paper) >= 3, true));
  document.body.append(probe);
  for (const tint of ['bar', 'back']) { // numbers stand on them
    probe.style.background = `var(--${tint})`;
    expect(`contrast on ${tint}`, contrast(getComputedStyle(probe).color, getComputedStyle(probe).backgroundColor) >= 4.5, true);
  }
  for (let k = 0; k < 8; ++k) { // of the curves that this page does not have, too
    probe.className = `k${k}`;
    expect(`contrast of k${k}`, contrast(getComputedStyle(probe).color, paper) >= 3, true);
  }
  probe.remove();
  return done();
}

// Nothing sticks out, and letters in pictures are as large as 9 pixels.
function checkWidth() {
  expect('scrolls sideways', document.documentElement.scrollWidth <= innerWidth, true);
  for (const svg of all('svg')) {
    const box = svg.getBoundingClientRect();
    expect('a picture fits', box.width > 200 && box.left >= 0 && box.right <= innerWidth, true);
    expect('its letters', 12 * box.width / svg.viewBox.baseVal.width >= 9, true);
    all('text', svg).forEach(t => {
      const b = t.getBoundingClientRect();
      expect(`"${t.textContent}" is inside`, b.left >= box.left - 1 && b.right <= box.right + 1 && b.bottom <= box.bottom + 1, true);
    });
  }
  return done();
}

// Names that a screen reader says, and numbers for every picture.
function checkAlternatives() {
  all('svg').forEach(svg => {
    expect('role', svg.getAttribute('role'), 'img');
    const ids = svg.getAttribute('aria-labelledby').split(' ');
    expectList('of what', ids.map(id => document.getElementById(id).localName), ['title', 'desc']);
    ids.forEach(id => expect(`#${id} in its picture`, svg.contains(document.getElementById(id)), true));
    ids.forEach(id => expect(`#${id} says`, document.getElementById(id).textContent.length > 0, true));
  });
  all('.charts').forEach(c => expect('numbers below', c.nextElementSibling.querySelector('table') != null, true));
  all('table').forEach(t => {
    expect('caption', t.caption.textContent.length > 0, true);
    expect('name', t.parentNode.getAttribute('aria-label'), t.caption.textContent);
    expect('heads', [...t.tHead.rows[0].cells].every(c => c.scope == 'col'), true);
    expect('names of rows', [...t.tBodies[0].rows].every(r => r.cells[0].scope == 'row'), true);
  });
  const ids = all('[id]').map(e => e.id);
  expect('ids', ids.length, new Set(ids).size);
  expect('language', document.documentElement.lang, 'en');
  expect('h1', all('h1').length, 1);
  return done();
}

// It leads nowhere else, and loads nothing.
function checkClosed() {
  all('[href], [src], [srcset], [action], [data], [poster]').forEach(e =>
    expect(e.outerHTML.slice(0, 80), /^(#|data:,)/.test(e.getAttribute('href') ?? ''), true));
  const policy = document.querySelector('meta[http-equiv=Content-Security-Policy]').content;
  expect('policy', policy, "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  expect('what runs', all('script, iframe, object, embed, form, img, base').length, 0);
  expect('handlers', all('*').some(e => [...e.attributes].some(a => a.name.startsWith('on'))), false);
  expect('imports', all('style').some(s => /@import|url\(/.test(s.textContent)), false);
  return done();
}

true;
