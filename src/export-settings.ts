import { HOUR, MIB, setting, text, whole } from './setting';

/** Of long exports, which workers write and the API hands out: part of the one list in `settings.ts`. */
export const exportSettings = {
  folder: setting(
    'EXPORT_FOLDER',
    text.default('.local/exports'),
    'Folder of long exports: the same one for the API and for every worker.',
  ),
  retentionMs: setting(
    'EXPORT_RETENTION_MS',
    whole(60_000, 8760 * HOUR).default(24 * HOUR),
    'How long a long export is kept after its end, or after it last moved.',
  ),
  maxBytes: setting(
    'EXPORT_MAX_BYTES',
    whole(32 * MIB, 2 ** 50).default(10 * 1024 * MIB),
    'Bytes of all long exports; the oldest that have ended make room for new ones.',
  ),
  maxOpen: setting('EXPORT_MAX_OPEN', whole(0, 1000).default(10), 'Long exports that may be under way; 0 refuses all.'),
} as const;
