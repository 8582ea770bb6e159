import { z } from 'zod';
import { FORMAT_NAMES } from './formats/names';
import { list, setting } from './setting';

/** The formats that a topic's records may have. */
export const formatsSetting = setting(
  'LOG_FORMATS',
  list.default(['auto']).pipe(z.array(z.enum(FORMAT_NAMES))),
  'Formats its records may have, beside our own: `auto` is every JSON format, `text` every text format and plain text.',
);
