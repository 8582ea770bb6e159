import { errors, type Client } from '@elastic/elasticsearch';
import { letterIndexPatterns, letterIndexPrefix } from '../domain/dead-letter';
import { PipelineError } from '../domain/errors';
import { indexName, logIndexPatterns } from '../domain/ids';
import { judgeRequest } from './bulk-response';
import { epochTemplate } from './epoch-log';
import { expiryTemplate } from './expiry-log';
import { letterTemplate, NEWER_LETTER_FIELDS, redriveTemplate, replayTemplate } from './dead-letter-template';
import { LOG_MAPPING, logTemplate, type TemplateSettings } from './index-template';

/**
 * Puts the index templates of logs, dead letters, redrives, replays, deletions and epochs in place; safe to repeat. Indices of
 * logs and dead letters that exist get the fields that their mapping lacks; none that they have is changed.
 *
 * @throws PipelineError elasticsearch_unavailable while no node answers, elasticsearch_denied, index_template_refused
 * with the server's words
 */
export async function prepareIndices(client: Client, settings: TemplateSettings): Promise<void> {
  try {
    const name = `sluice-${settings.indexPrefix}`;
    await client.indices.putIndexTemplate({ name, ...logTemplate(settings) });
    await client.indices.putIndexTemplate({ name: `${name}-dead-letters`, ...letterTemplate(settings) });
    // A letter index takes no field that it does not know.
    const letters = { index: letterIndexPatterns(settings.indexPrefix), properties: NEWER_LETTER_FIELDS };
    await client.indices.putMapping(letters, { ignore: [404] });
    await client.indices.putIndexTemplate({ name: `${name}-redrives`, ...redriveTemplate(settings) });
    await client.indices.putIndexTemplate({ name: `${name}-replays`, ...replayTemplate(settings) });
    await client.indices.putIndexTemplate({ name: `${name}-expired`, ...expiryTemplate(settings) });
    await client.indices.putIndexTemplate({ name: `${name}-epochs`, ...epochTemplate(settings) });
    // Refused where a field is mapped otherwise, or without the privilege: the drift of the mapping is told then.
    const grown = { index: logIndexPatterns(settings.indexPrefix), properties: LOG_MAPPING.properties };
    await client.indices.putMapping(grown, { ignore: [400, 403, 404] });
  } catch (error) {
    if (error instanceof errors.ResponseError && error.statusCode === 400) {
      throw new PipelineError('index_template_refused', `the index template was refused: ${error.message}`, {
        cause: error,
      });
    }
    const status = error instanceof errors.ResponseError ? error.statusCode : undefined;
    const what =
      status === undefined
        ? 'no Elasticsearch node answers'
        : `Elasticsearch answers the index template with ${status}`;
    throw new PipelineError(judgeRequest(status), what, { cause: error });
  }
}

/**
 * Creates the letter index of a day ahead of its first letter, whose batch and the ones behind it would wait for it. Where
 * that fails the letter itself creates it, and says what is wrong.
 */
export async function openLetterIndex(client: Client, indexPrefix: string, nowMs: number): Promise<void> {
  const index = indexName(letterIndexPrefix(indexPrefix), nowMs);
  await client.indices.create({ index }, { ignore: [400] }).catch(() => undefined);
}
