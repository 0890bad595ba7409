/** Geometry of small charts. Pure. */

/** The next round number above `value`: 1, 2 or 5 times a power of ten, in halves. 1 for nothing. */
export function nice(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 5, 7.5, 10].find((factor) => value <= factor * power) ?? 10;
  return step * power;
}

/** Three evenly spaced values from 0 to `top`, as axis labels. */
export const ticksOf = (top: number): number[] => [0, top / 3, (2 * top) / 3, top].map((tick) => Number(tick.toPrecision(2)));

/** A line through the points; a point without a value is a gap. */
export function pathOf(points: readonly { readonly at: string; readonly value: number | null }[], x: (at: string) => number, y: (value: number) => number): string {
  let path = '';
  let pen = false;
  for (const { at, value } of points) {
    if (value === null) {
      pen = false;
    } else {
      path += `${pen ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = true;
    }
  }
  return path;
}
