// What stands on a wall is as large as there is room for: the largest scale (--fit) at which nothing is cut. While a
// session runs it is never less than 1, and a long line is cut. Words stay as large as they are from line to line: while
// a stage is talked about they only become smaller, once earlier lines have made room, and no line is larger than
// `talk`. After a line that needs less than `usual` they are as large as that again. While a line is being said they
// become smaller once at most. What stands beside and below the talk has sizes of its own.
const fit = {
  scales: [2, 1.85, 1.7, 1.55, 1.4, 1.3, 1.2, 1.1, 1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7],
  parts: 'html, .talk, .said, .log, .notice, .ballot, .current .says',
  talk: 1.4,
  usual: 1.2,
  most: {},  // by what the wall shows
  due: false,
  between(least, most) { return fit.scales.filter((scale) => scale >= least && scale <= most); },
  cut(name, scale, parts) {
    document.documentElement.style.setProperty(name, scale);
    return [...document.querySelectorAll(parts)].some((part) =>
      part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1);
  },
  // What was said last is large, with so many before it; what only tells how the session goes on does not take its place.
  choose(items, earlier, partial) {
    const last = partial ? -1 : items.findLastIndex((item) => item.matches('.line, .notice:not(.quiet)'));
    const before = items.slice(0, partial ? items.length : Math.max(last, 0)).filter((item) => !item.matches('.quiet'));
    const shown = new Set([...(earlier ? before.slice(-earlier) : []), ...(partial ? [] : items.slice(Math.max(last, 0)))]);
    items.forEach((item, place) => {
      item.classList.toggle('current', place === last);
      item.classList.toggle('gone-by', !shown.has(item));
    });
  },
  look() {
    fit.due = false;
    const page = document.querySelector('.projector');
    if (!page) return;
    if (!page.matches('.live')) {
      fit.between(0, 2).find((scale) => !fit.cut('--fit', scale, fit.parts));
      return;
    }
    for (const part of ['beside', 'tabled']) fit.between(1, 1.3).find((scale) => !fit.cut(`--${part}`, scale, `.${part}`));
    const items = [...page.querySelectorAll('.said > .log > :first-child > * > *')];
    const partial = page.querySelector('.partial:not(.hidden)'), motion = page.querySelector('.ballot > .motion-now');
    const line = partial ? items.length : items.findLastIndex((item) => item.matches('.line'));
    const stage = items.slice(0, line + 1).findLast((item) => item.matches('.stage-head'));
    const view = motion ? `motion ${motion.dataset.motion}` : line < 0 ? '' : `stage ${stage?.textContent}`;
    const most = fit.most[view] ??= motion || line < 0 ? 2 : fit.talk;
    const whole = (scale) => [2, 1, 0].some((earlier) => {
      fit.choose(items, earlier, partial);
      return !fit.cut('--fit', scale, fit.parts);
    });
    const scale = (partial ? [most] : fit.between(1, most)).find(whole);
    if (!scale) fit.cut('--fit', 1, fit.parts);
    if (!partial) fit.most[view] = Math.min(most, Math.max(scale || 1, fit.usual));
  },
  soon(changes) {
    const timed = ({target}) => (target.closest ? target : target.parentElement)?.closest('[role=timer]');
    if (fit.due || (changes && changes.every(timed))) return;
    fit.due = true;
    requestAnimationFrame(fit.look);
  },
};
addEventListener('resize', () => {
  fit.most = {};
  fit.soon();
});
document.addEventListener('DOMContentLoaded', () => {
  new MutationObserver(fit.soon).observe(document.body, {childList: true, subtree: true, characterData: true});
  document.fonts.ready.then(() => fit.soon());
});
