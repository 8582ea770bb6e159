import { z } from 'zod';
import { secret, setting, text, url, whole } from './setting';

const SAMPLERS = ['always_on', 'always_off', 'traceidratio'] as const;
const RATIO = 'must be a number from 0 to 1';

/**
 * What a worker tells of itself: part of the one list in `settings.ts`. The OTEL_* variables are OpenTelemetry's own; its
 * SDK reads them too, and more of them.
 */
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
  endpoint: setting(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    url.optional(),
    'OTLP/HTTP collector that workers send traces to, at `/v1/traces` below it; no traces by default.',
  ),
  tracesEndpoint: setting(
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    url.optional(),
    'The same as a whole address, for traces only.',
  ),
  protocol: setting(
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    z.enum(['http/protobuf', 'http/json']).default('http/protobuf'),
    'How traces are written.',
  ),
  headers: setting(
    'OTEL_EXPORTER_OTLP_HEADERS',
    secret,
    'Headers for the collector, `name=value` and comma-separated; never printed.',
  ),
  tracesExporter: setting(
    'OTEL_TRACES_EXPORTER',
    z.enum(['otlp', 'none']).optional(),
    'With `none` no traces are sent wherever the endpoint is; `otlp` without one sends to http://localhost:4318.',
  ),
  sdkDisabled: setting('OTEL_SDK_DISABLED', z.stringbool().default(false), 'Sends no traces whatever else is set.'),
  sampler: setting(
    'OTEL_TRACES_SAMPLER',
    z.enum([...SAMPLERS, ...SAMPLERS.map((one) => `parentbased_${one}` as const)]).default('parentbased_always_on'),
    'Which batches are traced.',
  ),
  samplerRatio: setting(
    'OTEL_TRACES_SAMPLER_ARG',
    z.coerce.number({ error: RATIO }).min(0, RATIO).max(1, RATIO).default(1),
    'Share of the batches that `traceidratio` traces.',
  ),
  serviceName: setting('OTEL_SERVICE_NAME', text.default('sluice-worker'), 'Name of the service in traces.'),
} as const;
