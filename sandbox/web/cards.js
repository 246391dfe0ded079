// A card as text: the line in which the cursor stands, and what is checked and kept.
const cardText = () => document.querySelector('[data-text]');
let keptText = null;
const lineOf = at => cardText().value.slice(0, at).split('\n').length;
function tellLine() {
  const area = cardText(), told = document.querySelector('[data-line-now]');
  if (!area || !told || document.activeElement !== area) return;
  told.textContent = told.dataset.lineNow + ' ' + lineOf(area.selectionEnd);
}
function goToLine(number) {
  const area = cardText(), lines = area.value.split('\n');
  const start = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[number - 1] || '').length);
  area.scrollTop = (number - 4) * parseFloat(getComputedStyle(area).lineHeight);
  area.scrollLeft = 0;
  tellLine();
}
async function sendCard(address) {
  const text = cardText().value;
  const headers = {'Content-Type': 'text/plain; charset=utf-8'};
  const answer = await fetch(window.path_prefix + address, {method: 'POST', body: text, headers});
  const told = await answer.json();
  if (told.how) keptText = text;
  return told;
}
let telling = 0;
document.addEventListener('selectionchange', () => {
  clearTimeout(telling);
  telling = setTimeout(tellLine, 150);
});
document.addEventListener('focusin', event => {
  if (event.target === cardText() && keptText === null) keptText = event.target.value;
});
window.addEventListener('beforeunload', event => {
  const area = cardText();
  if (area && keptText !== null && area.value !== keptText) event.preventDefault();
});

// A card as a form: what is typed is kept by the browser until the card is kept.
const cardForm = {
  key: '', place: '',
  keep(path, value) { draft.keep(cardForm.key, cardForm.place, path, value); },
  kept(place) { draft.forget(cardForm.key); cardForm.place = place; },
  show(id) {
    const field = document.getElementById(id);
    if (!field) return;
    field.scrollIntoView({block: 'center'});
    const first = field.querySelector('textarea, input, button');
    if (first) first.focus({preventScroll: true});
  },
};
