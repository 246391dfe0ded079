// What stands on a wall is as large as there is room for: the largest scale (--fit) at which all of it is seen, or
// while a session runs, where a long line is cut anyway, at which no more is cut than at the least.
const fit = {
  scales: [2, 1.85, 1.7, 1.55, 1.4, 1.3, 1.2, 1.1, 1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7],
  parts: '.talk, .said, .log, .beside, .notice, .tabled, .ballot, .log > :first-child > :last-child > :last-child .says',
  due: false,
  cut(page, scale) {
    document.documentElement.style.setProperty('--fit', scale);
    return [document.documentElement, ...page.querySelectorAll(fit.parts)].filter((part) =>
      part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1).length;
  },
  look() {
    fit.due = false;
    const page = document.querySelector('.projector');
    if (!page) return;
    const live = page.matches('.live'), most = live ? fit.cut(page, 1) : 0;
    fit.scales.filter((scale) => scale >= 1 || !live).find((scale) => fit.cut(page, scale) <= most);
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
