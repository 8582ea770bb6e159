/**
 * Numbers that JavaScript would alter, carried through it as marked text. A foreign record is rearranged as objects, so
 * its numbers cannot stay where they stood in its text.
 */

/** How the numbers of one text are marked. */
export interface MarkedNumbers {
  /** The parsed text, with text for each number that would be altered. */
  value: unknown;
  /** JSON of something made of `value`, with the numbers as they came. */
  restore: (json: string) => string;
}

/**
 * @param text valid JSON
 * @param parsed what JSON.parse made of it
 * @param numbers where the numbers stand that would be altered, in order
 */
export function markNumbers(text: string, parsed: unknown, numbers: { start: number; end: number }[]): MarkedNumbers {
  // A mark that the text itself does not have, however it is escaped there.
  const taken = new Set(
    [...JSON.stringify(parsed).matchAll(/\\u0000number(\d{1,7}):/g)].map(([, number]) => Number(number)),
  );
  let round = 0;
  while (taken.has(round)) round += 1;
  const mark = `\\u0000number${round}:`;
  let marked = '';
  let from = 0;
  for (const { start, end } of numbers) {
    marked += `${text.slice(from, start)}"${mark}${text.slice(start, end)}"`;
    from = end;
  }
  const wrapped = new RegExp(String.raw`"\\u0000number${round}:([-+.\deE]+)"`, 'g');
  return {
    value: JSON.parse(marked + text.slice(from)),
    restore: (json) => json.replace(wrapped, (_all, number: string) => number),
  };
}
