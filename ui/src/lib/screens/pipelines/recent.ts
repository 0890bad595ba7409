/** Where the person looked last: kept on this computer alone, newest first. */
export interface RecentPlace {
  readonly connection: string;
  readonly repository: string;
}

const KEY = 'pilothouse.pipelines.recent';
const MOST = 8;

/** The places, newest first; none where nothing can be read. */
export function recentPlaces(): RecentPlace[] {
  try {
    const raw: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(raw) ? raw.filter((place): place is RecentPlace => typeof place?.connection === 'string' && typeof place?.repository === 'string').slice(0, MOST) : [];
  } catch {
    // Unreadable is none.
    return [];
  }
}

/** `places` with `place` at the front, once. Pure. */
export const withPlace = (places: readonly RecentPlace[], place: RecentPlace): RecentPlace[] =>
  [place, ...places.filter((known) => known.connection !== place.connection || known.repository !== place.repository)].slice(0, MOST);

export function rememberPlace(place: RecentPlace): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(withPlace(recentPlaces(), place)));
  } catch {
    // Not kept: the next time starts without it.
  }
}
