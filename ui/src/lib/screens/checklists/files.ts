/** Files on their way to Rust. */

/** The largest that is taken, in bytes: 10 MiB, as Rust has it. */
export const MOST_BYTES = 10 * 1024 * 1024;

/** A file's content in Base64. */
export function base64Of(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',', 2)[1] ?? '');
    reader.onerror = () => reject(reader.error ?? new Error('The file could not be read.'));
    reader.readAsDataURL(file);
  });
}

/** A pasted picture has no name of its own. */
export const nameOf = (file: File): string => file.name || `pasted.${file.type.split('/')[1] ?? 'png'}`;

/** A day and time of a field, in this computer's zone, as the wire has it; null where none is given. */
export const instantOf = (local: string): string | null => (local ? new Date(local).toISOString() : null);

/** A moment of the wire as such a field has it. */
export function localOf(instant: string | null): string {
  if (!instant) return '';
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
