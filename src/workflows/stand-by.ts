import type { Expiring } from './keep-expiry';
import type { PipelineState } from './pipeline-state';
import type { Hold, StandBy, StandingBy } from './message-types';

/** How long a partition waits for a pause that it was told to expect: longer than another worker takes after a kill -9. */
const MAX_MS = 30_000;

/** A pause that is on its way to a partition through the supervisor: it holds from the moment at which it was announced. */
export class Standby implements Expiring {
  #order: StandingBy | undefined;

  constructor(order: StandingBy | undefined) {
    this.#order = order;
  }

  /** For the next run. */
  get order(): StandingBy | undefined {
    return this.#order;
  }

  get hold(): Hold | undefined {
    return this.#order?.hold;
  }

  begin({ requestId, reason, actor }: StandBy): void {
    const now = Date.now();
    const hold: Hold = { kind: 'pause', since: new Date(now).toISOString(), reason, actor };
    this.#order = { requestId, hold, until: new Date(now + MAX_MS).toISOString() };
  }

  /** The pause itself has come, or what it came to. */
  end(requestId: string | undefined): void {
    if (requestId === this.#order?.requestId) this.#order = undefined;
  }

  get expiresAt(): string | undefined {
    return this.#order?.until;
  }

  /** The pause has never come. */
  expire(): void {
    this.#order = undefined;
  }
}

/** Has a partition hold for a pause that is on its way; one that has come already is not waited for. */
export function standBy({ orders, messages, holds }: PipelineState, order: StandBy): void {
  const { requestId } = order;
  if (orders.answers === requestId || messages.knows('pause', { requestId })) return;
  holds.standby.begin(order);
}
