import type { Draft } from './draft';
import { alsoService, fieldTable, isObject, service, takeFields, text, time } from './fields';
import type { JsonFormat } from './format';

/** What knows the line inside from where it was printed. */
const table = fieldTable({
  'kubernetes.labels.app.kubernetes.io/name': service(3),
  'kubernetes.labels.app': service(3),
  'kubernetes.container_name': service(4),
  container_name: service(4),
  'kubernetes.pod_name': service(5),
  'attrs.tag': service(6),
  'kubernetes.host': alsoService(text('host.name'), 9),
});
/** Only where the line has no time of its own. */
const timeTable = fieldTable({ time, '@timestamp': time, timestamp: time });

/** Where the attributes have what stood around the line. */
const AROUND = 'container';

/**
 * Lines as Docker and Kubernetes keep them: `log` is what the program printed, and is decoded by itself.
 *
 * @param decodeLine fills the draft from the line; false when it cannot
 */
export function containerFormat(decodeLine: (line: string, draft: Draft, depth: number) => boolean): JsonFormat {
  return {
    name: 'container',
    marks: '`log` with text beside `stream` (stdout or stderr) or `kubernetes`',
    recognise: (input) =>
      typeof input['log'] === 'string' &&
      (input['stream'] === 'stdout' || input['stream'] === 'stderr' || isObject(input['kubernetes'])),
    decode(input, draft, depth) {
      const { log, ...around } = input;
      const line = (log as string).replace(/\r?\n$/, '');
      if (!decodeLine(line, draft, depth)) draft.fields['message'] = line;
      draft.format = draft.format === 'container' ? 'container' : `container/${draft.format}`;
      if (draft.time === undefined) takeFields(around, timeTable, draft);
      takeFields(around, table, draft);
      // What stands around is kept whole.
      draft.attributes = { ...draft.attributes, [freeName(draft.attributes)]: around };
      return undefined;
    },
  };
}

/** The line's own attributes may have the name: nothing of them is lost. */
function freeName(taken: Record<string, unknown> = {}): string {
  let name = AROUND;
  while (Object.hasOwn(taken, name)) name = `${name}_`;
  return name;
}
