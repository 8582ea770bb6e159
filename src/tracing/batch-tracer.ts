import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import type { StageEnd, StageObserver, StageStart, TraceBatch } from '../activities/observer';
import type { BatchRef } from '../domain/batch';
import { linksOf } from './record-links';

/** What the spans say of the world around the batch. */
export interface TraceSubject {
  /** Consumer group that mirrors the progress. */
  groupId: string;
  /** Of this worker, as Kafka knows it. */
  clientId: string;
  elasticsearchUrl: string;
}

export interface BatchTracer {
  observer: StageObserver;
  traceBatch: TraceBatch;
}

/**
 * Makes the spans of batches, named and filled by OpenTelemetry's conventions for messaging and databases: `poll`, which
 * begins a trace and links to the records' own, below it `score` and `index`, and below `index` each `bulk` request. The
 * batch's reference carries the trace, so that a step on another worker joins it. One span a batch and stage, no more.
 */
export function createBatchTracer(tracer: Tracer, subject: TraceSubject): BatchTracer {
  // By the reference that an attempt works with: what is forgotten goes with it.
  const indexing = new WeakMap<BatchRef, Span>();
  const { hostname, port, protocol } = new URL(subject.elasticsearchUrl);
  const cluster = {
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
  };
  const messaging = (operation: string, type: string, { ref, epoch }: Pick<StageStart, 'ref' | 'epoch'>) => ({
    'messaging.system': 'kafka',
    'messaging.operation.name': operation,
    'messaging.operation.type': type,
    'messaging.consumer.group.name': subject.groupId,
    'messaging.client.id': subject.clientId,
    ...describeBatch(ref, epoch),
  });
  const begin = (name: string, kind: SpanKind, { ref, startedAt }: StageStart, attributes: Attributes) => {
    const above = indexing.get(ref);
    const parent = above && kind === SpanKind.CLIENT ? trace.setSpan(ROOT_CONTEXT, above) : parentOf(ref);
    return tracer.startSpan(name, { kind, startTime: startedAt, attributes }, parent);
  };

  return {
    traceBatch({ ref, epoch, startedAt, endedAt, records }) {
      const span = tracer.startSpan(
        `poll ${ref.topic}`,
        {
          kind: SpanKind.CLIENT,
          startTime: startedAt,
          root: true,
          links: linksOf(records),
          attributes: messaging('poll', 'receive', { ref, epoch }),
        },
        ROOT_CONTEXT,
      );
      span.end(endedAt);
      const { traceId, spanId, traceFlags } = span.spanContext();
      return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
    },
    observer: {
      started(start) {
        if (start.stage !== 'index') return;
        const { ref } = start;
        indexing.set(ref, begin(`index ${ref.topic}`, SpanKind.CONSUMER, start, messaging('index', 'process', start)));
      },
      stage(end) {
        const { stage, ref, sent } = end;
        if (stage === 'index') {
          const span = indexing.get(ref);
          indexing.delete(ref);
          if (span) finish(span, end);
        } else if (stage === 'score') {
          finish(begin(`score ${ref.topic}`, SpanKind.CONSUMER, end, messaging('score', 'process', end)), end);
        } else if (stage === 'bulk' && sent) {
          const attributes = {
            'db.system.name': 'elasticsearch',
            'db.operation.name': 'bulk',
            'db.collection.name': sent.index,
            'db.operation.batch.size': sent.items,
            ...cluster,
            ...describeBatch(ref, end.epoch),
          };
          finish(begin(`bulk ${sent.index}`, SpanKind.CLIENT, end, attributes), end);
        }
      },
    },
  };
}

function describeBatch(ref: BatchRef, epoch: number): Attributes {
  return {
    'messaging.destination.name': ref.topic,
    'messaging.destination.partition.id': String(ref.partition),
    'messaging.batch.message_count': ref.count,
    'sluice.batch.from': ref.from,
    'sluice.batch.to': ref.to,
    'sluice.generation': ref.generation,
    'sluice.epoch': epoch,
  };
}

/** The span of the pull that brought the batch; a batch that was not pulled, as a replay's, begins a trace. */
function parentOf({ traceparent }: BatchRef): Context {
  const parent = traceparent === undefined ? null : parseTraceParent(traceparent);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT;
}

function finish(span: Span, { code, endedAt }: StageEnd): void {
  if (code !== undefined) {
    span.setAttribute('error.type', code);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(endedAt);
}
