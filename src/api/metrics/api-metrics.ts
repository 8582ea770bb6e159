import type { Middleware } from 'koa';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { TailCounts } from '../tail/tails';
import { createProcessRegistry } from '../../metrics/process-metrics';

/** What the API says of its own process. */
export interface ApiMetrics {
  /** Times each request, by route and never by path, which callers choose. */
  watch: Middleware;
  /** Kept by the streams. */
  tails: TailCounts;
  /** In Prometheus's text format. */
  collect: () => Promise<string>;
}

export function createApiMetrics(version: string): ApiMetrics {
  const registry = createProcessRegistry('api', version);
  const seconds = new Histogram({
    name: 'sluice_http_request_duration_seconds',
    help: 'Requests to the API, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const tails: TailCounts = { open: 0, sent: 0, dropped: 0 };
  const registers = [registry];
  const open = new Gauge({ name: 'sluice_tails_open', help: 'Streams of GET /logs/stream that are open.', registers });
  const sent = new Counter({ name: 'sluice_tail_logs_total', help: 'Logs given to streams.', registers });
  const dropped = new Counter({
    name: 'sluice_tail_dropped_offsets_total',
    help: 'Offsets that streams left out because they lay too far behind.',
    registers,
  });
  const counted = { sent: 0, dropped: 0 };
  return {
    tails,
    watch: async (ctx, next) => {
      const started = performance.now();
      await next();
      const matched = (ctx as { _matchedRoute?: unknown })._matchedRoute;
      const [method, route] = typeof matched === 'string' ? [ctx.method, matched] : ['other', 'none'];
      seconds.observe({ method, route, status: ctx.status }, (performance.now() - started) / 1000);
    },
    collect: () => {
      open.set(tails.open);
      sent.inc(tails.sent - counted.sent);
      dropped.inc(tails.dropped - counted.dropped);
      Object.assign(counted, { sent: tails.sent, dropped: tails.dropped });
      return registry.metrics();
    },
  };
}
