function fillScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
}

// Keys are heard wherever the focus is, but for fields and for what a focused button or link does itself.
document.addEventListener('keydown', event => {
  const known = ['arrowleft', 'arrowright', 'pageup', 'pagedown', 'home', 'end', ...' svtbhgf+=-'];
  const key = event.key.toLowerCase();
  if (!document.querySelector('.show') || !known.includes(key)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(key === ' ' ? 'input, textarea, select, button, a' : 'input, textarea, select')) return;
  event.preventDefault();
  if (key === 'f') fillScreen();
  else emitEvent('show-key', {key: key, back: event.shiftKey});
});
