/** Geometry of small charts. Pure. */

/** The next round number above `value`: 1, 2, 2.5 or 5 times a power of ten. 1 for nothing. */
export function nice(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((factor) => value <= factor * power) ?? 10;
  return step * power;
}

/** The axis for values up to `highest`: round steps from 0, at most four. The last one is its top. */
export function ticksOf(highest: number): number[] {
  const step = nice(highest / 3);
  const count = Math.max(1, Math.ceil(Number((highest / step).toPrecision(6))));
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(6)));
}

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
