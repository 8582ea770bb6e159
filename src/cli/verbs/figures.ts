/** 1234567 as 1,234,567; a dash for what is not known. */
export function count(value: number | null | undefined): string {
  return value === undefined || value === null ? '-' : value.toLocaleString('en-US');
}

/** An offset as it is, so that it can be copied into the next command; a dash for none. */
export function offset(value: string | null | undefined): string {
  return value ?? '-';
}

/** Every fate in the order of the ledger, with a head short enough for a table. */
export const FATE_HEADS = {
  indexed: 'indexed',
  duplicate: 'duplicate',
  dead_lettered: 'dead',
  filtered: 'filtered',
  lost_upstream: 'lost',
  void: 'void',
} as const;

export const FATE_COLUMNS = Object.values(FATE_HEADS).map((head) => ({ head, numeric: true }));

export type FateCounts = Record<keyof typeof FATE_HEADS, number>;

export function fateCells(fates: FateCounts | null): string[] {
  return (Object.keys(FATE_HEADS) as (keyof FateCounts)[]).map((fate) => count(fates?.[fate]));
}

/** 1536 as 1.5 KiB. */
export function bytes(value: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return power === 0 ? `${value} bytes` : `${(value / 2 ** (10 * power)).toFixed(1)} ${units[power]}`;
}
