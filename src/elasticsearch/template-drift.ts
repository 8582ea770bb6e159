import type { Client } from '@elastic/elasticsearch';
import { letterIndexPrefix } from '../domain/dead-letter';
import type { DriftCheck, TemplateDrift } from '../activities/retention-ports';
import { letterTemplate } from './dead-letter-template';
import { logTemplate, type TemplateSettings } from './index-template';
import { createIndexRetention } from './retention';
import { asPipelineError } from './send-bulk';

/** A day that no record has: what a new index would be like. */
const NEW_DAY = '2999.12.31';
/** Of one place. */
const MAX_SHOWN = 50;
/** Elasticsearch leaves these out of its answer while they are at its default. */
const OMITTED: Record<string, string> = { depth_limit: '20' };

/**
 * Holds what this version asks of the log and dead-letter indices against what new indices would get, whichever template
 * wins, and against the mapping of the newest index of each.
 */
export function createDriftCheck(client: Client, settings: TemplateSettings): DriftCheck {
  const kinds = [
    { prefix: settings.indexPrefix, kind: 'logs', shipped: logTemplate(settings).template },
    {
      prefix: letterIndexPrefix(settings.indexPrefix),
      kind: 'dead_letters',
      shipped: letterTemplate(settings).template,
    },
  ] as const;
  return async () => {
    const found: TemplateDrift[] = [];
    for (const { prefix, kind, shipped } of kinds) {
      const name = `${prefix}-${NEW_DAY}`;
      const { template } = await client.indices.simulateIndexTemplate({ name }, { maxRetries: 0 }).catch(failed);
      found.push(...differences('new indices', prefix, shipped, template).slice(0, MAX_SHOWN));
      const newest = (await createIndexRetention(client, prefix, kind).list()).at(-1);
      if (!newest) continue;
      const { index } = newest;
      const mapped = await client.indices.getMapping({ index }, { maxRetries: 0 }).catch(failed);
      found.push(...differences(index, 'mappings', shipped.mappings, mapped[index]?.mappings).slice(0, MAX_SHOWN));
    }
    return found;
  };
}

function failed(error: unknown): never {
  throw asPipelineError(error, 'look at the index template');
}

/** Every leaf of `shipped` that `found` has not, or has otherwise. Elasticsearch answers with text for most values. */
function differences(where: string, path: string, shipped: unknown, found: unknown): TemplateDrift[] {
  if (typeof shipped !== 'object' || shipped === null) {
    const wanted = String(shipped);
    const there = leafText(found) ?? OMITTED[path.slice(path.lastIndexOf('.') + 1)] ?? null;
    if (wanted === there) return [];
    return [{ where, path, shipped: wanted, found: there }];
  }
  const inside = (typeof found === 'object' && found !== null ? found : {}) as Record<string, unknown>;
  return Object.entries(shipped).flatMap(([key, value]) => differences(where, `${path}.${key}`, value, inside[key]));
}

function leafText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
