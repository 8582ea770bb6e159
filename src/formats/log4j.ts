import type { Draft } from './draft';
import type { TextFormat } from './format';

const TIME =
  /^\[?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?)\]?(?: -)?[ \t]+|^\[(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?)\]|^\[([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})? \d{4})\] /;
const LEVEL = '(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE|FINE|FINER|FINEST|DEPRECATION)';
/** What may stand between time and message, first match first. Names of groups are those of the parts. */
const HEADS = [
  // Elasticsearch and Kafka: [INFO ][o.e.n.Node               ] [node-1] message. The last bracket may be part of the message.
  String.raw`\[(?<level>[A-Z]{4,11}) *\]\[(?<logger>[\w.$-]{1,128}) *\] ?`,
  // Spring Boot: INFO 1234 --- [app] [main] c.f.Bar : message
  String.raw`${LEVEL} {1,2}(?<pid>\d{1,10}) --- (?:\[(?<app>[^\]\n]{1,128})\] )?\[ *(?<thread>[^\]\n]{1,128})\] (?<logger>[\w.$\[\]/-]{1,128}) *: `,
  // logback: [main] INFO  com.foo.Bar - message
  String.raw`\[(?<thread>[^\]\n]{1,128})\] ${LEVEL} {1,2}(?<logger>[\w.$-]{1,128}) - `,
  // log4j: INFO  [main] com.foo.Bar - message, or with a colon
  String.raw`${LEVEL} {1,2}\[(?<thread>[^\]\n]{1,128})\] (?<logger>[\w.$-]{1,128})(?: -|:) `,
  // Python: name - LEVEL - message
  String.raw`(?:- )?(?<logger>[\w.$-]{1,128}) - ${LEVEL} - `,
  String.raw`${LEVEL} {1,2}(?<logger>[\w.$-]{1,128})(?: -|:) `,
  String.raw`\[?${LEVEL}\]?:?(?: -)? {1,2}`,
  // nginx's error log: [error] 1234#0: *5 message
  String.raw`\[(?<level>debug|info|notice|warn|error|crit|alert|emerg)\] (?<pid>\d{1,10})#\d{1,10}: `,
  // Apache's: [core:error] [pid 1234:tid 5678] message
  String.raw`\[(?<logger>[\w-]{0,64}):(?<level>[a-z]{4,6}\d?)\] (?:\[pid (?<pid>\d{1,10})(?::tid \d{1,20})?\] )?`,
].map((head) => new RegExp(`^${head.replace(LEVEL, LEVEL.replace('(', '(?<level>'))}`));
/** What Kafka's layout has behind the message. */
const LOGGER_BEHIND = / \(([\w.$]{1,200})\)$/;
const STACK = /^(?:[ \t]+at \S|Caused by: |Traceback )/m;
const ERROR_TYPE = /^([\w.$]{3,200}(?:Exception|Error|Throwable)): ?(.*)$/;

/** Lines that begin with a time and a level, as log4j, logback, Python, Kafka, Elasticsearch and the error logs of nginx and Apache have them. */
export const log4j: TextFormat = {
  name: 'log4j',
  marks: 'a time, then a level where log4j, logback, Python, Kafka, Elasticsearch, nginx or Apache have it',
  decode(text, draft) {
    const time = TIME.exec(text);
    if (!time) return false;
    const lineEnd = text.indexOf('\n');
    const line = lineEnd < 0 ? text : text.slice(0, lineEnd).trimEnd();
    const rest = line.slice(time[0].length);
    for (const head of HEADS) {
      const found = head.exec(rest);
      if (!found) continue;
      draft.setTime(time[1] ?? time[2] ?? time[3]);
      if (draft.time === undefined) return false;
      setParts(draft, found.groups!);
      setMessage(draft, rest.slice(found[0].length), lineEnd < 0 ? '' : text.slice(lineEnd + 1));
      draft.original = text;
      return true;
    }
    return false;
  },
};

function setParts(draft: Draft, { level, logger, pid, app, thread }: Record<string, string | undefined>): void {
  const { fields } = draft;
  draft.setLevel(level === 'DEPRECATION' ? 'warn' : level, 'syslog');
  if (app) draft.setService(app, 1);
  if (logger) {
    fields['log.logger'] = logger;
    draft.setService(logger, 7);
  }
  if (pid) fields['process.pid'] = Number(pid);
  if (thread) fields['process.thread.name'] = thread;
}

/** The first line is the message, what follows it the stack or more of the message. */
function setMessage(draft: Draft, first: string, more: string): void {
  const { fields } = draft;
  const behind = fields['log.logger'] === undefined ? LOGGER_BEHIND.exec(first) : null;
  if (behind) {
    fields['log.logger'] = behind[1]!;
    draft.setService(behind[1], 7);
  }
  const message = behind ? first.slice(0, behind.index) : first;
  if (!STACK.test(more)) fields['message'] = more === '' ? message : `${message}\n${more}`;
  else {
    fields['message'] = message;
    fields['error.stack_trace'] = more;
    const [, type, what] = ERROR_TYPE.exec(more.slice(0, 2000).split('\n')[0]!) ?? [];
    if (type !== undefined) fields['error.type'] = type;
    if (what) fields['error.message'] = what;
  }
}
