/** Example answers of the dead-letter routes; a test holds them against the schemas. */

const reason = {
  code: 'missing_field',
  field: 'message',
  detail: 'Invalid input: expected string, received undefined',
};

const letter = {
  id: '01-0002-0000000000004711',
  index: 'dead-letters-logs-2026.11.24',
  state: 'open',
  reason,
  attempts: 1,
  dead_lettered_at: '2026-11-24T10:15:31.021Z',
  changed_at: '2026-11-24T10:15:31.021Z',
  kafka: { topic: 'logs', generation: 1, partition: 2, offset: '4711', timestamp: 1795515330180 },
  epoch: 1,
  bytes: 36,
  record_hash: '3f1c5a0be7d94422',
  whole: true,
  edited: false,
  redacted: false,
  operation: null,
  parts: null,
  refused: [],
  documents: 0,
  text: '{"service":"payment","level":"error"}',
};

export const deadLettersExample = {
  total: { value: 1, relation: 'eq' },
  took_ms: 3,
  partial: false,
  size: 50,
  next_cursor: null,
  letters: [letter],
  by_reason: [{ reason: 'missing_field', count: 1 }],
  by_state: { open: 1, redriving: 0, redriven: 0, resolved: 0 },
};

export const deadLetterDetailExample = {
  ...letter,
  body: { encoding: 'utf8', content: letter.text },
  key: null,
  headers: [{ name: 'trace', encoding: 'base64', content: '/wAB' }],
};

export const previewExample = {
  dry_run: true,
  selected: 1,
  examined: 1,
  outcomes: { indexed: 0, rejected: 1, expired: 0, unknown: 0 },
  by_reason: [{ reason: 'missing_field', count: 1 }],
  examples: [{ id: letter.id, outcome: 'rejected', reason }],
};

const operation = '7b0f2f0e-6f0a-4d0e-9d55-0d4c3c1f2a11';
const workflow = {
  workflow_id: `redrive/${operation}`,
  workflow_url: `http://127.0.0.1:8233/namespaces/default/workflows/redrive%2F${operation}`,
};

export const redriveStartedExample = { operation, url: `/pipeline/redrives/${operation}`, selected: 1, ...workflow };

export const redriveExample = {
  operation,
  state: 'done',
  ordered_at: '2026-11-24T10:20:00.000Z',
  actor: 'on-call',
  reason: 'mapping mended',
  selected: 1,
  redriven: 1,
  rejected: 0,
  in_hand: 0,
  ...workflow,
};
