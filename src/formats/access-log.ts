import { setLevelByStatus, setRequest } from './access-json';
import type { TextFormat } from './format';

/** The client may have been redacted: `[redacted:ip]`. */
const LINE =
  /^(?:([\w.-]{1,255}):\d{1,5} )?([\w.:-]{1,255}|\[[\w:]{1,40}\]) (\S{1,128}) (.{1,128}?) \[([^\]\n]{1,40})\] "((?:[^"\\]|\\.)*)" ([1-5]\d\d) (\d{1,15}|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?/;

/** Access logs of Apache and nginx: common, combined, and combined with a virtual host before or more fields behind. */
export const accessLog: TextFormat = {
  name: 'access_log',
  marks: '`CLIENT IDENT USER [TIME] "REQUEST" STATUS BYTES`',
  decode(line, draft) {
    const found = LINE.exec(line);
    if (!found) return false;
    const [head, virtualHost, client, ident, user, time, request, status, bytes, referrer, agent] = found;
    draft.setTime(time);
    if (draft.time === undefined) return false;
    const { fields } = draft;
    fields['client.ip'] = client!;
    fields['message'] = request!;
    setRequest(draft, request!);
    fields['status_code'] = Number(status);
    if (user !== '-') fields['user_id'] = user!;
    if (agent !== undefined && agent !== '-') fields['user_agent.original'] = agent;
    if (virtualHost !== undefined) {
      fields['url.domain'] = virtualHost;
      draft.setService(virtualHost, 5);
    }
    const more: Record<string, unknown> = {};
    if (ident !== '-') more['ident'] = ident;
    if (bytes !== '-') more['body_bytes_sent'] = Number(bytes);
    if (referrer !== undefined && referrer !== '-') more['http_referer'] = referrer;
    const rest = line.slice(head.length).trim();
    if (rest !== '') more['rest'] = rest;
    if (Object.keys(more).length > 0) draft.attributes = more;
    setLevelByStatus(draft);
    draft.original = line;
    return true;
  },
};
