/**
 * A row of a table whose whole width follows its own link: `<tr {@attach followsLink}>` around one `<a data-row>`. The pointer alone needs
 * it; keyboard and reader meet the link. A link that is laid over its row (`::after { inset: 0 }` in a positioned `tr`) won't do: WebKit
 * lays it over the whole table.
 */
import type { Attachment } from 'svelte/attachments';

const OWN = 'a, button, input, select, textarea, label, summary';

export const followsLink: Attachment<HTMLTableRowElement> = (row) => {
  const follow = (event: MouseEvent) => {
    const link = row.querySelector<HTMLAnchorElement>('a[data-row]');
    const meant = event.target instanceof Element ? event.target.closest(OWN) : null;
    // What has a meaning of its own keeps it, and text that is being selected is not a click.
    if (!link || meant || event.defaultPrevented || !getSelection()?.isCollapsed) return;
    link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey, shiftKey: event.shiftKey }));
  };
  row.addEventListener('click', follow);
  return () => row.removeEventListener('click', follow);
};
