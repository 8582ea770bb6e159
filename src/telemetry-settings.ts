import { setting, text, whole } from './setting';

/** What a worker tells of itself: part of the one list in `settings.ts`. */
export const telemetrySettings = {
  metricsHost: setting(
    'WORKER_METRICS_HOST',
    text.default('127.0.0.1'),
    'Address a worker serves its metrics on, at `/metrics`.',
  ),
  metricsPort: setting(
    'WORKER_METRICS_PORT',
    whole(0, 65_535).default(9464),
    'Port for them; when it is taken one of the next nine, and 0 is any free one.',
  ),
} as const;
