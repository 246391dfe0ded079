// The transcript follows its end, unless the reader has scrolled up.
function followEnd(log) {
  let near = true;
  log.addEventListener('scroll', () => {
    near = log.scrollTop > Math.min(endOf(log), log.scrollHeight - log.clientHeight) - 80;
    newer.look();
  });
  const down = () => { if (near) log.scrollTop = endOf(log); };
  new MutationObserver((changes) => {
    down();
    newer.came(changes);
  }).observe(log, {childList: true, subtree: true, characterData: true});
  new ResizeObserver(down).observe(log);  // a motion that comes to stand above takes of its height
  down();
}

// Where a transcript stands at its end: as long as nothing follows a decision, that is read from its beginning.
function endOf(log) {
  const last = [...log.querySelectorAll('[data-line], .stage-head, .notice.decision')].pop();
  if (!last || !last.matches('.decision')) return log.scrollHeight;
  return last.getBoundingClientRect().top - log.getBoundingClientRect().top + log.scrollTop - 8;
}

// A player who reads elsewhere is told how much has come to the transcript since; a tap leads there.
const newer = {
  count: 0,
  look() {
    const chip = document.querySelector('.newer'), log = document.querySelector('.log');
    if (!chip || !log) return;
    const at = log.getBoundingClientRect(), end = log.scrollHeight - log.scrollTop - log.clientHeight;
    const seen = at.bottom > 60 && at.bottom < innerHeight + 60 && (end < 80 || log.scrollTop >= endOf(log) - 80);
    if (seen || document.querySelector('.yours')) newer.count = 0;
    chip.hidden = !newer.count;
    chip.querySelector('b').textContent = newer.count;
  },
  came(changes) {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.querySelectorAll);
    const parts = '[data-line], .notice:not(.quiet)';
    newer.count += added.reduce((sum, node) => sum + node.matches(parts) + node.querySelectorAll(parts).length, 0);
    newer.look();
  },
};
addEventListener('scroll', newer.look, {passive: true});
document.addEventListener('click', (event) => { if (event.target.closest('.newer')) ended.view(); });

// What somebody has begun is kept by the browser, with the place in the session for which it was written. When it is
// begun anew at another place, what stood before is kept beside it.
const draft = {
  read(key) {
    try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; }
  },
  keep(key, place, part, value) {
    let kept = draft.read(key);
    if (kept.place !== place) kept = {place, parts: {}, before: kept.parts || {}};
    kept.parts[part] = value;
    kept.at = Date.now();
    localStorage.setItem(key, JSON.stringify(kept));
  },
  aged(key) {
    const kept = draft.read(key);
    return {...kept, age: kept.at ? (Date.now() - kept.at) / 1000 : 0};
  },
  forget(key) { localStorage.removeItem(key); },
};

// Whoever leaves a shared device takes along what the browser keeps of their seat at a table; without one, of all seats.
function forgetSeats(table = '') {
  const kept = [`seat:${table}`, `draft:${table}`];
  Object.keys(localStorage).filter(key => kept.some(begins => key.startsWith(begins)))
    .forEach(key => localStorage.removeItem(key));
}

// A player's turn: title, sound and vibration when it begins, and what is asked in view.
const turn = {
  shown: null,
  audio: null,
  loud: () => localStorage.getItem('sound') !== 'off',
  // Browsers let a page sound only after somebody has touched it.
  touched() {
    if (!turn.audio && window.AudioContext && turn.loud()) turn.audio = new AudioContext();
    if (turn.audio && turn.audio.state === 'suspended') turn.audio.resume();
  },
  sound() {
    if (!turn.audio || !turn.loud()) return;
    [660, 880].forEach((pitch, number) => {
      const tone = turn.audio.createOscillator(), volume = turn.audio.createGain();
      const start = turn.audio.currentTime + number * 0.16;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, start);
      volume.gain.exponentialRampToValueAtTime(0.2, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.15);
      tone.connect(volume).connect(turn.audio.destination);
      tone.start(start);
      tone.stop(start + 0.16);
    });
  },
  look() {
    const asked = document.querySelector('[data-turn]');
    const place = asked ? asked.dataset.turn : '';
    if (place === turn.shown) return;
    const first = turn.shown === null;
    turn.shown = place;
    document.title = document.title.replace(/^● .*? · /, '');
    if (!asked) return;
    document.title = `● ${asked.dataset.title} · ${document.title}`;
    if ('quiet' in asked.dataset) return;
    if (!first) turn.alert();
    requestAnimationFrame(turn.view);
  },
  alert() {
    turn.sound();
    if (navigator.vibrate && navigator.userActivation && navigator.userActivation.hasBeenActive) navigator.vibrate(200);
  },
  view() {
    const box = document.querySelector('.yours');
    if (box) box.scrollIntoView({block: box.offsetHeight > innerHeight - 110 ? 'start' : 'nearest'});
  },
  // The facilitator reminds the player; whoever is writing is not moved.
  call() {
    turn.alert();
    if (!document.activeElement || !document.activeElement.closest('.yours')) turn.view();
  },
};

// When a box that asks is gone, what comes of it is in view: the end of the transcript.
const ended = {
  asked: false,
  look() {
    const asked = Boolean(document.querySelector('.yours'));
    if (ended.asked && !asked) requestAnimationFrame(ended.view);
    ended.asked = asked;
  },
  view() {
    const log = document.querySelector('.log');
    if (!log || document.querySelector('.yours')) return;
    log.scrollTop = endOf(log);
    log.scrollIntoView({block: log.offsetHeight > innerHeight - 110 ? 'end' : 'nearest'});
  },
  // What a year brought is read from its beginning; whoever is writing is not moved.
  top() {
    if (!document.activeElement || !document.activeElement.matches('input, textarea')) scrollTo(0, 0);
  },
};
// Pages that others may see do not know the facilitator's address; the tab of whoever came from there does.
let desk = null;
try { desk = sessionStorage.getItem('desk'); } catch { /* a browser that keeps nothing */ }
document.documentElement.classList.toggle('at-desk', Boolean(desk));
document.addEventListener('click', (event) => {
  const link = desk && event.target.closest('[data-desk]');
  if (!link) return;
  event.preventDefault();
  location.href = window.path_prefix + desk + link.dataset.desk;
});

for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, turn.touched);
document.addEventListener('change', (event) => {
  if (event.target.matches('[data-sound]')) localStorage.setItem('sound', event.target.checked ? 'on' : 'off');
});

new MutationObserver(() => {
  for (const log of document.querySelectorAll('.log:not([data-follows])')) {
    log.dataset.follows = '1';
    followEnd(log);
    if (document.querySelector('.turnbar')) requestAnimationFrame(ended.view);  // a player's table went back to a line
  }
  for (const box of document.querySelectorAll('[data-sound]:not([data-set])')) {
    box.dataset.set = '1';
    box.checked = turn.loud();
  }
  for (const question of document.querySelectorAll(':is([data-ask-terms], [data-ask-which], [data-ask-whom], [data-ask-task]):not([data-set])')) {
    question.dataset.set = '1';
    requestAnimationFrame(() => question.scrollIntoView({block: 'start'}));
  }
  for (const first of document.querySelectorAll('[data-from-top]:not([data-set])')) {
    first.dataset.set = '1';
    requestAnimationFrame(() => scrollTo(0, 0));
  }
  ended.look();
  turn.look();
}).observe(document.documentElement, {childList: true, subtree: true, attributes: true, attributeFilter: ['data-turn']});

// A document that is served at an address is read within the page; where sections are to stand open, others are folded.
async function readDocument(id, address, looks, open, backward) {
  const place = document.getElementById(id);
  if (!place || place.shadowRoot) return;
  const answer = await fetch(window.path_prefix + address, {cache: 'no-store'});
  if (!answer.ok) { place.textContent = await answer.text(); return; }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const root = place.attachShadow({mode: 'open'});
  // The document escapes all that people and models wrote; should it ever fail to, nothing of it runs or loads here.
  const barred = 'script, img, iframe, object, embed, link, math, template, form, base';
  page.querySelectorAll(barred).forEach(one => one.remove());
  page.querySelectorAll('*').forEach(one => [...one.attributes].forEach(attribute => {
    const name = attribute.name.toLowerCase(), away = name.endsWith('href') && !attribute.value.startsWith('#');
    if (name.startsWith('on') || away) one.removeAttribute(attribute.name);
  }));
  const style = document.createElement('style');
  const own = [...page.querySelectorAll('style')].map(one => one.textContent).join('\n');
  const inside = own.replace(/:root \{[^}]*\}/g, '').replace(/(^|[\n}])\s*(html|body) \{/g, '$1 .body {');
  style.textContent = inside + looks;
  const body = document.createElement('div');
  body.className = 'body';
  body.lang = page.documentElement.lang;
  body.append(...page.body.childNodes);
  if (open.length) body.querySelectorAll('section[id]').forEach(section => {
    const title = section.querySelector(':scope > h2');
    if (!title || open.includes(section.id)) return;
    const fold = document.createElement('details'), summary = document.createElement('summary');
    summary.append(title);
    fold.append(summary, ...section.childNodes);
    section.append(fold);
  });
  root.append(style, body);
  root.addEventListener('click', event => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    const target = root.getElementById(decodeURIComponent(link.getAttribute('href').slice(1)));
    for (let fold = target && target.querySelector(':scope > details') || target; fold; fold = fold.parentElement)
      if (fold.localName === 'details') fold.open = true;
    if (!target) return;
    const back = root.querySelector('.back') || document.createElement('button');
    back.className = 'back';
    back.textContent = `↩ ${backward}`;
    back.onclick = () => { back.remove(); link.scrollIntoView({block: 'center'}); link.focus(); };
    target.prepend(back);
    target.setAttribute('tabindex', '-1');
    target.scrollIntoView({block: 'start'});
    target.focus({preventScroll: true});
  });
}

// A page whose socket does not come, or was lost, looks alive and is not: it says so, and what becomes of what is typed.
const unconnected = {
  since: Date.now(),
  known: false,
  look() {
    const away = !window.socket?.connected, said = document.querySelector('.unconnected');
    if (!away) {
      unconnected.since = Date.now();
      unconnected.known = true;
    }
    const gone = Date.now() - unconnected.since, long = gone > 8000;
    if (!away || gone < (unconnected.known ? 1500 : 8000)) return said?.remove();
    const {lost, kept, goes} = document.querySelector('meta[name=unconnected]').dataset;
    const whole = document.querySelector('meta[name=unconnected]').content;
    const texts = [lost, document.querySelector('[data-says]') ? kept : goes, ...(long ? [whole] : [])];
    if (said?.childElementCount === texts.length) return;
    const box = document.createElement('div');
    box.className = 'unconnected';
    box.setAttribute('role', 'alert');
    texts.forEach((text, place) => {
      const row = document.createElement(place ? 'div' : 'b');
      row.textContent = text;
      box.append(row);
    });
    said?.remove();
    document.body.append(box);
  },
};
setInterval(unconnected.look, 1000);
