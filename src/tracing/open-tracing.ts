import { diag, DiagLogLevel, type Tracer } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import type { Logger } from '../logger';

/** Where traces go, and as whose; everything else OpenTelemetry's SDK reads from its own OTEL_* variables. */
export interface TracingSettings {
  sdkDisabled: boolean;
  tracesExporter?: 'otlp' | 'none' | undefined;
  endpoint?: string | undefined;
  tracesEndpoint?: string | undefined;
  protocol: 'http/protobuf' | 'http/json';
  serviceName: string;
}

export interface Tracing {
  tracer: Tracer;
  /** Sends what has not been sent, within {@link FLUSH_MS}. */
  close: () => Promise<void>;
}

/** A worker that stops does not wait longer for a collector: others have its batches. */
const FLUSH_MS = 2000;
/** A collector that is away is a warning this often, not with every export. */
const WARN_EVERY_MS = 60_000;

/** Traces are made when it is said where they go, unless they are switched off all the same. */
export function isTraced({ sdkDisabled, tracesExporter, endpoint, tracesEndpoint }: TracingSettings): boolean {
  if (sdkDisabled || tracesExporter === 'none') return false;
  return tracesExporter === 'otlp' || endpoint !== undefined || tracesEndpoint !== undefined;
}

/**
 * OpenTelemetry's SDK with an OTLP exporter over HTTP. It sends in the background, drops spans rather than hold more than
 * its queue, and never fails a step. Its code is loaded only here.
 */
export async function openTracing(
  settings: TracingSettings,
  { version, instance }: { version: string; instance: string },
  logger: Pick<Logger, 'warn'>,
): Promise<Tracing> {
  const report = reportTrouble(logger);
  const [sdk, resources, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/resources'),
    settings.protocol === 'http/json'
      ? import('@opentelemetry/exporter-trace-otlp-http')
      : import('@opentelemetry/exporter-trace-otlp-proto'),
  ]);
  const url = addressOf(settings);
  const own = { 'service.name': settings.serviceName, 'service.version': version, 'service.instance.id': instance };
  const provider = new sdk.BasicTracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.detectResources({ detectors: [resources.envDetector] }))
      .merge(resources.resourceFromAttributes(own)),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter(url === undefined ? {} : { url }))],
  });
  return {
    tracer: provider.getTracer('sluice', version),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, FLUSH_MS)));
      await Promise.race([provider.shutdown().catch(report), patience]);
      clearTimeout(timer);
    },
  };
}

/** Undefined for the SDK's own default. */
function addressOf({ endpoint, tracesEndpoint }: TracingSettings): string | undefined {
  return tracesEndpoint ?? (endpoint && `${endpoint.replace(/\/+$/, '')}/v1/traces`);
}

/** What the SDK has to say goes to our log: a bad OTEL_* variable, and a collector that does not take the spans. */
function reportTrouble(logger: Pick<Logger, 'warn'>): (error: unknown) => void {
  let quietUntil = 0;
  const report = (error: unknown) => {
    if (Date.now() < quietUntil) return;
    quietUntil = Date.now() + WARN_EVERY_MS;
    logger.warn({ reason: messageOf(error) }, 'traces could not be sent');
  };
  setGlobalErrorHandler(report);
  const warn = (message: string) => logger.warn({ reason: message }, 'opentelemetry');
  const silent = () => {};
  diag.setLogger(
    { error: warn, warn, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  return report;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error === 'string' ? error : 'unknown';
}
