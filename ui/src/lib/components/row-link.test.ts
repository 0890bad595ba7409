import { expect, test, vi } from 'vitest';
import { followsLink } from './row-link';

function row(): HTMLTableRowElement {
  document.body.innerHTML = '<table><tbody><tr><th><a href="#1" data-row>1.2.0</a></th><td id="cell">live</td><td><button type="button">More</button></td></tr></tbody></table>';
  return document.querySelector('tr') as HTMLTableRowElement;
}

test('a click in any cell follows the row’s link, once; what has a meaning of its own keeps it', () => {
  const here = row();
  const followed = vi.fn((event: Event) => event.preventDefault());
  here.querySelector('a')?.addEventListener('click', followed);
  const stop = followsLink(here);
  document.getElementById('cell')?.click();
  expect(followed).toHaveBeenCalledTimes(1);
  here.querySelector('a')?.click();
  expect(followed).toHaveBeenCalledTimes(2);
  here.querySelector('button')?.click();
  expect(followed).toHaveBeenCalledTimes(2);
  stop?.();
  document.getElementById('cell')?.click();
  expect(followed).toHaveBeenCalledTimes(2);
  document.body.replaceChildren();
});
