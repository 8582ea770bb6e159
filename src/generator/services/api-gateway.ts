import type { Failure, ServiceProfile } from './profile';

/** Response times here are the gateway's own share: the slowest service it called comes on top. */
export const gateway: ServiceProfile = {
  sigma: 0.4,
  endpoints: {
    health: { method: 'GET', path: '/health', status: 200, medianMs: 1, messages: ['health check {} answered'] },
    login: { method: 'POST', path: '/api/login', status: 200, medianMs: 4, messages: ['login {} answered'] },
    profile: { method: 'GET', path: '/api/users/{}', status: 200, medianMs: 3, messages: ['profile {} answered'] },
    search: { method: 'GET', path: '/api/items', status: 200, medianMs: 5, messages: ['search {} answered'] },
    item: { method: 'GET', path: '/api/items/{}', status: 200, medianMs: 4, messages: ['item {} answered'] },
    cart: { method: 'POST', path: '/api/cart', status: 201, medianMs: 5, messages: ['cart {} changed'] },
    checkout: { method: 'POST', path: '/api/orders', status: 201, medianMs: 8, messages: ['order {} placed'] },
    order: { method: 'GET', path: '/api/orders/{}', status: 200, medianMs: 4, messages: ['order {} answered'] },
    refund: {
      method: 'POST',
      path: '/api/orders/{}/refund',
      status: 202,
      medianMs: 6,
      messages: ['refund of order {} accepted'],
    },
  },
  details: [
    'route for request {} matched',
    'upstream connection {} reused',
    'header "x-request-id" kept for request {}',
  ],
  failures: [
    {
      code: 'GATEWAY_BAD_REQUEST',
      level: 'warn',
      status: 400,
      message: 'request {} has a malformed body: unexpected token "<"',
    },
    { code: 'GATEWAY_RATE_LIMITED', level: 'warn', status: 429, message: 'rate limit reached by request {}' },
    {
      code: 'GATEWAY_NO_ROUTE',
      level: 'error',
      status: 500,
      message: 'routing table has no healthy target for request {}',
    },
    { code: 'GATEWAY_OUT_OF_MEMORY', level: 'fatal', status: 500, message: 'out of memory while answering request {}' },
  ],
  outage: [{ code: 'GATEWAY_OVERLOADED', level: 'error', status: 503, message: 'request {} was shed under load' }],
};

/** What the gateway says when a service it called failed: the caller's fault is passed on, ours becomes 502 to 504. */
export const UPSTREAM_FAILURES: readonly Failure[] = [
  ...[400, 401, 402, 403, 404, 409, 422, 429].map((status) => ({
    code: `GATEWAY_UPSTREAM_REJECTED_${status}`,
    level: 'warn' as const,
    status,
    message: `upstream rejected request {} with ${status}`,
  })),
  { code: 'GATEWAY_UPSTREAM_FAILED', level: 'error', status: 502, message: 'upstream failed on request {}' },
  {
    code: 'GATEWAY_UPSTREAM_UNAVAILABLE',
    level: 'error',
    status: 503,
    message: 'upstream is unavailable for request {}',
  },
  { code: 'GATEWAY_UPSTREAM_TIMEOUT', level: 'error', status: 504, message: 'upstream timed out on request {}' },
];
