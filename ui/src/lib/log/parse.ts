/**
 * A log line as the log view draws it: time, colours of ANSI mapped to token classes, folds and marks of CI systems.
 * Pure and forgiving: what it doesn't understand is shown as text.
 */
export interface Piece {
  readonly text: string;
  /** Space-separated classes: `a-red a-bold`. Empty for plain text. */
  readonly look: string;
}

export interface LogLine {
  /** Counted from 1. */
  readonly number: number;
  /** `21:46:02`, as the provider wrote it, in UTC; empty if the line has none. */
  readonly time: string;
  readonly kind: 'plain' | 'group' | 'end' | 'error' | 'warning' | 'command';
  readonly pieces: readonly Piece[];
  /** Without colours, for the search. */
  readonly text: string;
}

// GitLab's runner puts the stream behind the time: `00O `, `01E+`.
const STAMP = /^\uFEFF?\d{4}-\d{2}-\d{2}T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z ?(?:\d{2}[OE](?:\+| |$))?/;
const MARK = /^##\[(group|endgroup|error|warning|command|section|debug|notice)\](.*)$/s;
// eslint-disable-next-line no-control-regex -- a line begun anew: what stood before was meant to be erased
const ERASED = /^.*\r(?:\u001b\[[02]?K)+/s;
/** GitLab's folds, which stand in what is erased. The last one counts: a fold often ends where the next begins. */
const SECTIONS = /section_(start|end):\d+:/g;
// eslint-disable-next-line no-control-regex -- the escape character is what it looks for
const SGR = /\u001b\[([0-9;]*)m/g;
// eslint-disable-next-line no-control-regex -- the same, for every other sequence, and lone control characters
const OTHER = /\u001b\[[0-9;?]*[A-Za-ln-z]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f]/g;

const colours: Record<number, string> = { 31: 'red', 32: 'green', 33: 'yellow', 34: 'blue', 35: 'magenta', 36: 'cyan', 90: 'grey', 91: 'red', 92: 'green', 93: 'yellow', 94: 'blue', 95: 'magenta', 96: 'cyan' };
const kinds: Record<string, LogLine['kind']> = { group: 'group', endgroup: 'end', error: 'error', warning: 'warning', command: 'command' };

export function parseLine(raw: string, number: number): LogLine {
  const stamp = STAMP.exec(raw);
  let rest = stamp ? raw.slice(stamp[0].length) : raw;
  let kind: LogLine['kind'] = 'plain';
  const mark = MARK.exec(rest);
  if (mark) {
    kind = kinds[mark[1] ?? ''] ?? 'plain';
    rest = mark[2] ?? '';
  }
  const erased = ERASED.exec(rest)?.[0];
  if (erased !== undefined) {
    rest = rest.slice(erased.length);
    const section = [...erased.matchAll(SECTIONS)].at(-1)?.[1];
    if (section === 'start') kind = 'group';
    else if (section === 'end' && rest === '') kind = 'end';
  }
  const pieces = ansi(rest);
  return { number, time: stamp?.[1] ?? '', kind, pieces, text: pieces.map((piece) => piece.text).join('') };
}

function ansi(raw: string): Piece[] {
  const text = raw.replace(OTHER, '');
  if (!text.includes('\u001b')) return text ? [{ text, look: '' }] : [];
  const pieces: Piece[] = [];
  let colour = '';
  let bold = false;
  let faint = false;
  let from = 0;
  const push = (until: number) => {
    const part = text.slice(from, until);
    if (part) pieces.push({ text: part, look: [colour && `a-${colour}`, bold && 'a-bold', faint && 'a-faint'].filter(Boolean).join(' ') });
  };
  for (const match of text.matchAll(SGR)) {
    push(match.index);
    from = match.index + match[0].length;
    const codes = (match[1] || '0').split(';').map(Number);
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at] ?? 0;
      if (code === 0) [colour, bold, faint] = ['', false, false];
      else if (code === 1) bold = true;
      else if (code === 2) faint = true;
      else if (code === 22) [bold, faint] = [false, false];
      else if (code === 39) colour = '';
      else if (code === 38 || code === 48) at += codes[at + 1] === 5 ? 2 : 4;
      else if (code in colours) colour = colours[code] ?? '';
    }
  }
  push(text.length);
  return pieces;
}

/** A group's lines are hidden while its head is in `closed`; heads themselves always show. */
export function unfolded(lines: readonly LogLine[], closed: ReadonlySet<number>): LogLine[] {
  const shown: LogLine[] = [];
  let head: number | undefined;
  for (const line of lines) {
    if (line.kind === 'group') {
      head = line.number;
      shown.push(line);
    } else if (line.kind === 'end') {
      head = undefined;
    } else if (head === undefined || !closed.has(head)) {
      shown.push(line);
    }
  }
  return shown;
}

/** The head of the group that `number` is in, if any. */
export function groupOf(lines: readonly LogLine[], number: number): number | undefined {
  let head: number | undefined;
  for (const line of lines) {
    if (line.number >= number) break;
    if (line.kind === 'group') head = line.number;
    else if (line.kind === 'end') head = undefined;
  }
  return head;
}

const FAILURE = /\b(error|failed|failure|fatal|exception|panicked)\b/i;

/** The line to jump to after a failure: the first that the provider marked, else the last that speaks of one. */
export function failureLine(lines: readonly LogLine[]): LogLine | undefined {
  return lines.find((line) => line.kind === 'error') ?? lines.findLast((line) => FAILURE.test(line.text));
}
