/** What an export says of itself at its end. */
export interface ExportAccount {
  /** Logs written. */
  count: number;
  /** Logs that matched when it began. */
  total: number;
  /** True when `count` is `total`; false when its limit cut it. */
  complete: boolean;
  /** Of every byte that was written, unpacked, but for the last line of NDJSON that holds this; in hexadecimal. */
  sha256: string;
}

/** The trailers of an answer, as HTTP names them. */
export const TRAILERS = ['X-Sluice-Count', 'X-Sluice-Complete', 'X-Sluice-SHA256'] as const;

export function trailersOf({ count, complete, sha256 }: ExportAccount): Record<(typeof TRAILERS)[number], string> {
  return { 'X-Sluice-Count': String(count), 'X-Sluice-Complete': String(complete), 'X-Sluice-SHA256': sha256 };
}
