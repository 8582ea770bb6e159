import type { Draft } from './draft';
import { alsoService, service, text, time } from './field-rules';
import { fieldTable, isObject, takeFields } from './fields';
import type { JsonFormat, TextFormat } from './format';

/** What knows the line inside from where it was printed. */
export const aroundTable = fieldTable({
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
      takeFields(around, aroundTable, draft);
      // What stands around is kept whole.
      const name = freeName(draft.attributes);
      draft.attributes = { ...draft.attributes, [name]: name === AROUND ? withoutTime(around, draft) : around };
      return undefined;
    },
  };
}

/** When the line was taken up is kept as it came: nobody searches by it, and it differs from line to line. */
function withoutTime(around: Record<string, unknown>, draft: Draft): Record<string, unknown> {
  const { time: taken, ...others } = around;
  const isKept = typeof taken === 'string' && draft.time !== undefined && !draft.originalTells;
  return isKept && draft.keepAsItCame(`${AROUND}.time`, taken, () => true) ? others : around;
}

/** Time, stream, `F` for a whole line or `P` for a part of one, and what the program printed. */
const CRI =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP])(?::[\w:]{0,32})? /;

/**
 * Lines as a container runtime of Kubernetes writes them to its files: what the program printed is decoded by itself.
 *
 * @param maxDepth so many lines within lines are taken apart
 */
export function criFormat(
  decodeLine: (line: string, draft: Draft, depth: number) => boolean,
  maxDepth: number,
): TextFormat {
  return {
    name: 'cri',
    marks: '`TIME stdout F LINE`, as container runtimes write files',
    decode(written, draft, depth) {
      const found = depth < maxDepth ? CRI.exec(written) : null;
      if (!found) return false;
      const [head, at, stream, flag] = found;
      const line = written.slice(head.length);
      if (!decodeLine(line, draft, depth + 1)) draft.fields['message'] = line;
      draft.format = `cri/${draft.format}`;
      draft.setTime(at);
      const around = { stream, ...(flag === 'P' ? { partial: true } : {}) };
      draft.attributes = { ...draft.attributes, [freeName(draft.attributes)]: around };
      draft.original = written;
      return true;
    },
  };
}

/** The line's own attributes may have the name: nothing of them is lost. */
function freeName(taken: Record<string, unknown> = {}): string {
  let name = AROUND;
  while (Object.hasOwn(taken, name)) name = `${name}_`;
  return name;
}
