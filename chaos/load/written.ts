/** What the producers know of the messages they sent, by number. */
export class Written {
  /** Acknowledged by Kafka, in a committed transaction where there was one: each must be in the topic. */
  readonly acknowledged = new Set<number>();
  /** In a transaction that Kafka confirmed to have aborted: none may be visible. */
  readonly aborted = new Set<number>();
  /** Sent, and nobody knows: each may be there or not. */
  readonly unknown = new Set<number>();

  get sent(): number {
    return this.acknowledged.size + this.aborted.size + this.unknown.size;
  }
}
