// What stands on a wall is as large as there is room for: the largest scale (--fit) at which nothing is cut. While a
// session runs it is never less than 1, and a long line is cut. While a line is being said the scale goes down once at
// most, lest the words jump with each letter.
const fit = {
  scales: [2, 1.85, 1.7, 1.55, 1.4, 1.3, 1.2, 1.1, 1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7],
  parts: '.talk, .said, .log, .beside, .notice, .tabled, .ballot, .log > :first-child > :last-child > :last-child .says',
  due: false,
  scale: 1,
  cut(page, scale) {
    fit.scale = scale;
    document.documentElement.style.setProperty('--fit', scale);
    return [document.documentElement, ...page.querySelectorAll(fit.parts)].some((part) =>
      part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1);
  },
  look() {
    fit.due = false;
    const page = document.querySelector('.projector');
    if (!page) return;
    const least = page.matches('.live') ? 1 : 0;
    if (page.querySelector('.partial:not(.hidden)')) {
      if (fit.cut(page, fit.scale)) fit.cut(page, least);
      return;
    }
    fit.scales.filter((scale) => scale >= least).find((scale) => !fit.cut(page, scale));
  },
  soon(changes) {
    const timed = ({target}) => (target.closest ? target : target.parentElement)?.closest('[role=timer]');
    if (fit.due || (changes && changes.every(timed))) return;
    fit.due = true;
    requestAnimationFrame(fit.look);
  },
};
addEventListener('resize', () => fit.soon());
document.addEventListener('DOMContentLoaded', () => {
  new MutationObserver(fit.soon).observe(document.body, {childList: true, subtree: true, characterData: true});
  document.fonts.ready.then(() => fit.soon());
});
