import { HOUR, MIB, setting, whole } from './setting';

/** Of the streams of logs, GET /logs/stream: part of the one list in `settings.ts`. */
export const tailSettings = {
  tailMax: setting('API_TAIL_MAX', whole(1, 100_000).default(1000), 'Streams of logs that may be open at a time.'),
  tailMaxMs: setting(
    'API_TAIL_MAX_MS',
    whole(100, 24 * HOUR).default(HOUR),
    'Life of a stream; its client connects anew and goes on without a gap.',
  ),
  tailBufferBytes: setting(
    'API_TAIL_BUFFER_BYTES',
    whole(64 * 1024, 64 * MIB).default(256 * 1024),
    'What may wait for the client of a stream; one that reads slower gets its logs out of the store.',
  ),
  tailMaxBehind: setting(
    'API_TAIL_MAX_BEHIND',
    whole(1000, 1_000_000_000).default(1_000_000),
    'Offsets of a partition that a stream may lie behind; those before are left out, which it says.',
  ),
} as const;
