/** What the shown page tells the shell: its place in the breadcrumb and the commands it adds to the palette. */
import type { Command } from '$lib/components/palette';

export interface Crumb {
  readonly label: string;
  readonly href?: string;
}

class PageFrame {
  crumbs = $state.raw<readonly Crumb[]>([]);
  commands = $state.raw<readonly Command[]>([]);
}

export const frame = new PageFrame();

/** Declares the page: call once at the top of a route with functions of its state. */
export function page(crumbs: () => readonly Crumb[], commands: () => readonly Command[] = () => []): void {
  $effect(() => {
    frame.crumbs = crumbs();
  });
  $effect(() => {
    frame.commands = commands();
    return () => (frame.commands = []);
  });
}
