/** Where the focus goes when a dialog over a checklist has closed. */

/** About half a second: a dialog fades before it is gone. */
const MOST_FRAMES = 30;

/** Brings the focus back to an item once the dialog is gone, unless it is somewhere by then. */
export function backToItem(id: string, frames = MOST_FRAMES): void {
  requestAnimationFrame(() => {
    const isOpen = document.querySelector('.dlg') !== null || document.querySelector('.shell[inert]') !== null;
    if (isOpen && frames > 0) backToItem(id, frames - 1);
    else if (document.activeElement === null || document.activeElement === document.body) {
      const item = [...document.querySelectorAll<HTMLElement>('[data-item]')].find(({ dataset }) => dataset['item'] === id);
      item?.querySelector<HTMLElement>('[data-row]')?.focus();
    }
  });
}
