import type { Draft } from './draft';
import { setCopiesApart, takeFields } from './fields';
import type { TextFormat } from './format';
import { contextTable } from './json-log';

const RFC_5424 = /^<(\d{1,3})>1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /;
/** The host may have been redacted: `[redacted:ip]`. */
const RFC_3164 =
  /^(?:<(\d{1,3})>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d)) ([\w.:-]{1,255}|\[[\w:]{1,40}\]) ([^\s:[\]]{1,128})(?:\[([^\]]{0,64})\])?: ?/;
/** With a priority a tag may be missing, or end with a blank: what stands behind the host is then the message. */
const RFC_3164_WITHOUT_TAG = /^<(\d{1,3})>([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) ([\w.:-]{1,255}|\[[\w:]{1,40}\]) /;
/** Of all elements together; a line with more is no syslog. */
const MAX_PARAMETERS = 500;
const FACILITIES =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );

/** Syslog after RFC 5424 or RFC 3164, the latter also as files have it: without a priority. */
export const syslog: TextFormat = {
  name: 'syslog',
  marks: '`<PRIORITY>1 TIME HOST APP PID ID DATA`, or a time, a host and `tag:` or `tag[pid]:`',
  decode(line, draft) {
    const five = RFC_5424.exec(line);
    if (five) return ofRfc5424(line.slice(five[0].length), five, draft);
    const three = RFC_3164.exec(line);
    if (!three) return withoutTag(line, draft);
    const [head, priority, time, host, tag, pid] = three;
    if (priority !== undefined && !setPriority(Number(priority), draft)) return false;
    draft.setTime(time);
    setSource(draft, host!, tag!, pid);
    draft.fields['message'] = line.slice(head.length);
    draft.original = line;
    return true;
  },
};

function withoutTag(line: string, draft: Draft): boolean {
  const found = RFC_3164_WITHOUT_TAG.exec(line);
  if (!found) return false;
  const [head, priority, time, host] = found;
  if (!setPriority(Number(priority), draft)) return false;
  draft.setTime(time);
  setSource(draft, host!, '-', undefined);
  draft.fields['message'] = line.slice(head.length);
  draft.original = line;
  return true;
}

function ofRfc5424(rest: string, [, priority, time, host, app, pid, id]: RegExpExecArray, draft: Draft): boolean {
  const data = structuredData(rest);
  if (data === undefined || !setPriority(Number(priority), draft)) return false;
  if (time !== '-') draft.setTime(time);
  setSource(draft, host!, app!, pid);
  if (id !== '-') draft.attributes = { ...draft.attributes, msgid: id };
  const left = takeElements(data.elements, draft);
  if (Object.keys(left).length > 0) draft.attributes = { ...draft.attributes, structured_data: left };
  draft.fields['message'] = rest.slice(data.end).replace(/^ ?\uFEFF?/, '');
  draft.original = `<${priority}>1 ${time} ${host} ${app} ${pid} ${id} ${rest}`;
  return true;
}

/**
 * What services of one's own say of a request, as a JSON log has it, goes to the document's fields. Names of registered
 * elements, which have no @, mean something else: `ip` is that of the sender.
 *
 * @returns what is left of each element
 */
function takeElements(elements: Record<string, Parameters>, draft: Draft): Record<string, Parameters> {
  const left: Record<string, Parameters> = Object.create(null) as Record<string, never>;
  for (const [id, parameters] of Object.entries(elements)) {
    const rest = id.includes('@') ? takeFields(parameters, contextTable, draft) : parameters;
    const kept = rest && setCopiesApart(rest, contextTable, draft);
    if (kept || Object.keys(parameters).length === 0) left[id] = (kept ?? parameters) as Parameters;
  }
  draft.originalTells = true;
  return left;
}

function setPriority(priority: number, draft: Draft): boolean {
  const facility = FACILITIES[priority >> 3];
  if (facility === undefined) return false;
  draft.setLevel(priority & 7, 'syslog');
  draft.attributes = { facility };
  return true;
}

function setSource(draft: Draft, host: string, app: string, pid: string | undefined): void {
  if (host !== '-') {
    draft.fields['host.name'] = host;
    draft.setService(host, 8);
  }
  if (app !== '-') draft.setService(app, 1);
  if (pid !== undefined && /^\d{1,10}$/.test(pid)) draft.fields['process.pid'] = Number(pid);
}

/** By name; a name that stands twice has a list. */
type Parameters = Record<string, string | string[]>;

function addParameter(params: Parameters, name: string, value: string): void {
  const before = params[name];
  params[name] = before === undefined ? value : [before, value].flat();
}

/** `-`, or elements such as `[id name="value"]` one behind the other; undefined when it is neither. */
function structuredData(text: string): { elements: Record<string, Parameters>; end: number } | undefined {
  const elements: Record<string, Parameters> = Object.create(null) as Record<string, never>;
  if (text.startsWith('-')) return { elements, end: 1 };
  const start = /\[([^\s=\]"\0]{1,128})/y;
  const pair = / ([^\s=\]"\0]{1,128})="((?:[^"\\\]]|\\.)*)"/y;
  let at = 0;
  let count = 0;
  for (;;) {
    start.lastIndex = at;
    const opened = start.exec(text);
    if (!opened) return at > 0 ? { elements, end: at } : undefined;
    const params: Parameters = Object.create(null) as Record<string, never>;
    at = start.lastIndex;
    for (;;) {
      pair.lastIndex = at;
      const found = pair.exec(text);
      if (!found) break;
      count += 1;
      if (count > MAX_PARAMETERS) return undefined;
      addParameter(params, found[1]!, found[2]!.replace(/\\(["\\\]])/g, '$1'));
      at = pair.lastIndex;
    }
    if (text[at] !== ']') return undefined;
    elements[opened[1]!] = params;
    at += 1;
  }
}
