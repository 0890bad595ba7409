/** While a modal is open the rest of the window is inert. Modals may stack; the last one to close frees it. */
let open = 0;

/** Call once in a modal component. */
export function modal(isOpen: () => boolean): void {
  $effect(() => {
    if (!isOpen()) return;
    open += 1;
    const rest = document.querySelector('.shell');
    rest?.toggleAttribute('inert', true);
    return () => {
      open -= 1;
      if (open === 0) rest?.toggleAttribute('inert', false);
    };
  });
}
