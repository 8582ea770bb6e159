import type { Middleware } from 'koa';
import { Histogram } from 'prom-client';
import { createProcessRegistry } from '../../metrics/process-metrics';

/** What the API says of its own process. */
export interface ApiMetrics {
  /** Times each request, by route and never by path, which callers choose. */
  watch: Middleware;
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
  return {
    watch: async (ctx, next) => {
      const started = performance.now();
      await next();
      const matched = (ctx as { _matchedRoute?: unknown })._matchedRoute;
      const [method, route] = typeof matched === 'string' ? [ctx.method, matched] : ['other', 'none'];
      seconds.observe({ method, route, status: ctx.status }, (performance.now() - started) / 1000);
    },
    collect: () => registry.metrics(),
  };
}
