import { z } from 'zod';
import { RATE, SECOND, setting, whole } from './setting';

/** The settings of the generator. */
export const generatorSettings = {
  rate: setting(
    'GENERATOR_RATE',
    z.coerce.number({ error: RATE }).min(0, RATE).max(1_000_000, RATE).default(100),
    'Logs per second; 0 is as fast as possible.',
  ),
  seed: setting('GENERATOR_SEED', whole(0, 2 ** 32 - 1).default(1), 'Same seed, same logs.'),
  count: setting('GENERATOR_COUNT', whole(0, 2 ** 40).default(0), 'Stops after this many logs; 0 never stops.'),
  scenarios: setting(
    'GENERATOR_SCENARIOS',
    z.string().default('demo'),
    'Incidents to play: `none`, `demo`, or a comma-separated list of scenario names.',
  ),
  batchSize: setting('GENERATOR_BATCH_SIZE', whole(1, 2_000).default(500), 'Logs in one produce request, at most.'),
  lingerMs: setting(
    'GENERATOR_LINGER_MS',
    whole(0, 60 * SECOND).default(100),
    'How long a log waits for its produce request.',
  ),
  compression: setting(
    'GENERATOR_COMPRESSION',
    z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).default('lz4'),
    'Compression of the produce requests.',
  ),
} as const;
