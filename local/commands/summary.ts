import pc from 'picocolors';
import type { FoundLog } from '../api-client';
import type { Context } from './context';
import { readFigures, showCount } from './figures';

/** Prints where everything is, what came through, and what one can do next. */
export async function showSummary(context: Context, found: FoundLog | undefined, tookMs: number): Promise<void> {
  const { settings, stack, say } = context;
  const host = 'http://127.0.0.1';
  say('');
  say(pc.bold(`Sluice is up (${stack}) after ${(tookMs / 1000).toFixed(1)} s`));
  say(`  API            ${host}:${settings.API_PORT}  (documentation at /docs)`);
  say(`  Temporal UI    ${host}:${settings.SLUICE_TEMPORAL_UI_PORT}`);
  say(`  Temporal       127.0.0.1:${settings.SLUICE_TEMPORAL_PORT}`);
  say(`  Kafka          127.0.0.1:${settings.SLUICE_KAFKA_PORT}`);
  say(`  Elasticsearch  ${host}:${settings.SLUICE_ELASTICSEARCH_PORT}`);
  if (found) say(`  found          ${context.api.address}/logs?request_id=${found.request_id}  (${found.service})`);
  const figures = await readFigures(context.api).catch(() => undefined);
  if (figures) {
    const { produced, indexed, lag, anomalies } = figures;
    say(
      `  produced ${showCount(produced)}, indexed ${showCount(indexed)}, lag ${showCount(lag)}, anomalies ${showCount(anomalies)} in 15 min`,
    );
  }
  say('  next: make status | health | logs | stats | down');
}
