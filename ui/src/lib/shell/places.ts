/** The places that keys and the palette go to. */
import CalendarDays from '@lucide/svelte/icons/calendar-days';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import Inbox from '@lucide/svelte/icons/inbox';
import LayoutGrid from '@lucide/svelte/icons/layout-grid';
import Plus from '@lucide/svelte/icons/plus';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Settings from '@lucide/svelte/icons/settings';
import Ship from '@lucide/svelte/icons/ship';
import Workflow from '@lucide/svelte/icons/workflow';
import { routes } from '$lib/routes';

export const places = [
  { href: routes.newRelease(), label: 'Plan a release', keys: 'n', icon: Plus },
  { href: routes.overview, label: 'Overview', keys: 'g o', icon: LayoutGrid },
  { href: routes.releases, label: 'Releases', keys: 'g r', icon: Ship },
  { href: routes.inbox, label: 'Inbox', keys: 'g i', icon: Inbox },
  { href: routes.health, label: 'Health', keys: 'g h', icon: HeartPulse },
  { href: routes.pipelines, label: 'Pipelines', keys: 'g p', icon: Workflow },
  { href: routes.calendar, label: 'Calendar', keys: 'g c', icon: CalendarDays },
  { href: routes.audit, label: 'Audit', keys: 'g a', icon: ScrollText },
  { href: routes.settings, label: 'Settings', keys: 'g s', icon: Settings },
] as const;
