/** What of a step's input its log lines carry. */
const FIELDS = ['topic', 'partition', 'generation', 'from', 'to', 'next'] as const;

/** Topic, partition and range that a step's input is about, as far as it says; never anything else of it. */
export function logFields(input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null) return {};
  const about = 'ref' in input && typeof input.ref === 'object' && input.ref !== null ? input.ref : input;
  const known = about as Record<string, unknown>;
  return Object.fromEntries(
    FIELDS.flatMap((name) => {
      const value = known[name];
      return typeof value === 'string' || typeof value === 'number' ? [[name, value]] : [];
    }),
  );
}
