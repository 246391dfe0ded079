// Plays the maps of a page: all of them, and the cursor of every chart of courses, stand at one period.
(() => {
  'use strict';
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const level = Object.fromEntries([...LETTERS].map((letter, place) => [letter, place / (LETTERS.length - 1)]));
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const figures = [...document.querySelectorAll('[data-playing]')];
  const curves = [...document.querySelectorAll('.curves')];
  if (!figures.length) return;
  const last = Math.max(...figures.map(figure => figure.dataset.periods - 1));
  const panels = [...document.querySelectorAll('.panel')].map(panel => ({
    form: panel.dataset.form, substance: panel.dataset.substance, told: panel.querySelector('.told'),
    words: JSON.parse(panel.querySelector('.told').dataset.told), round: Boolean(panel.querySelector('.web')),
    marks: [...panel.querySelectorAll('.groups i, .web .node')],
  }));
  let now = last, timer = 0;

  function show(period, said) {
    now = Math.min(last, Math.max(0, period));
    for (const panel of panels) {
      const periods = panel.words.length, at = Math.min(now, periods - 1);
      panel.told.textContent = panel.words[at];
      panel.marks.forEach((mark, place) => {
        const form = level[panel.form[place * periods + at]], substance = level[panel.substance[place * periods + at]];
        const key = `${form} ${substance}`;
        if (mark.shown === key) return;
        mark.shown = key;
        mark.style.setProperty('--f', panel.round ? form.toFixed(2) : `${(100 * form).toFixed(0)}%`);
        mark.style.setProperty('--s', panel.round ? substance.toFixed(2) : `${(100 * substance).toFixed(0)}%`);
      });
    }
    for (const figure of curves) {
      const cursor = figure.querySelector('.cursor'), x = 100 * now / Math.max(1, figure.dataset.periods - 1);
      cursor.removeAttribute('hidden');
      cursor.setAttribute('x1', x);
      cursor.setAttribute('x2', x);
    }
    for (const figure of figures) {
      const names = JSON.parse(figure.querySelector('.panels').dataset.names), name = names[Math.min(now, names.length - 1)];
      const slider = figure.querySelector('input');
      slider.value = now;
      slider.setAttribute('aria-valuetext', name);
      figure.querySelector('output').textContent = name;
      // While it plays a reader of the screen would be told far too much.
      const told = [...figure.querySelectorAll('.told')].map(one => one.textContent);
      if (said) figure.querySelector('[role=status]').textContent = [name, ...told].join('. ');
    }
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    label();
  }

  function play() {
    if (now >= last) show(0, false);
    // Who asks for less motion gets the map in a few calm steps.
    const step = still.matches ? Math.max(1, Math.round(last / 8)) : 1;
    timer = setInterval(() => {
      show(now + step, now + step >= last);
      if (now >= last) stop();
    }, still.matches ? 1500 : Math.max(90, 9000 / Math.max(1, last)));
    label();
  }

  function label() {
    for (const button of document.querySelectorAll('[data-do=play]')) {
      button.textContent = timer ? button.dataset.pause : button.dataset.play;
    }
  }

  const acts = {
    play: () => (timer ? stop() : play()),
    back: () => { stop(); show(now - 1, true); },
    forward: () => { stop(); show(now + 1, true); },
  };
  for (const figure of figures) {
    figure.querySelector('.controls').hidden = false;
    figure.addEventListener('click', event => {
      const button = event.target.closest('[data-do]');
      if (button) acts[button.dataset.do]();
    });
    figure.querySelector('input').addEventListener('input', event => { stop(); show(Number(event.target.value), false); });
    figure.querySelector('input').addEventListener('change', event => show(Number(event.target.value), true));
  }

  // Where the curve and its map stand side by side, both are seen at once: the squares shrink until they are.
  function fit() {
    for (let size = 12; size >= 4; size -= 0.5) {
      document.body.style.setProperty('--tile', `${size}px`);
      const below = Math.max(...figures.map(figure => figure.querySelector('.panels').getBoundingClientRect().bottom));
      if (below + scrollY <= figures[0].querySelector('.controls').getBoundingClientRect().top) return;
    }
  }

  show(last, false);
  if (document.querySelector('.slim')) {
    fit();
    addEventListener('resize', fit);
  }
})();
