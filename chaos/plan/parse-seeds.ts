/** Reads `1-100` or `7` or `1-5,9`; undefined when it is none of these. */
export function parseSeeds(text: string): number[] | undefined {
  const seeds: number[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    if (!match) return undefined;
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    if (to < from) return undefined;
    for (let seed = from; seed <= to; seed += 1) seeds.push(seed);
  }
  return seeds;
}
