import { condition } from '@temporalio/workflow';

/** Something that holds until a time, at most. */
export interface Expiring {
  /** ISO time. */
  readonly expiresAt: string | undefined;
  expire(): void;
}

/** Lets what has an end come to it, by a timer of the server's: no worker need be alive in between. */
export async function keepExpiry(of: Expiring): Promise<void> {
  for (;;) {
    await condition(() => of.expiresAt !== undefined);
    const at = of.expiresAt!;
    const left = Date.parse(at) - Date.now();
    const changed = left > 0 && (await condition(() => of.expiresAt !== at, left));
    if (!changed) of.expire();
  }
}
