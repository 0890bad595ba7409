// Sets theme, contrast and density on <html> before the first paint, so that no wrong colour is ever shown.
// The same keys and values are written by src/lib/state/appearance.svelte.ts.
(function () {
  try {
    var saved = JSON.parse(localStorage.getItem('pilothouse.appearance') || '{}');
    var root = document.documentElement;
    if (saved.theme === 'light' || saved.theme === 'dark') root.dataset.theme = saved.theme;
    if (saved.contrast === 'more') root.dataset.contrast = 'more';
    if (saved.density === 'compact' || saved.density === 'roomy') root.dataset.density = saved.density;
  } catch {
    // An unreadable setting leaves what the system asks for.
  }
})();
