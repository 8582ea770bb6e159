import type { TextFormat } from './format';

/** A time that a line begins with. */
const TIME = /^\[?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?)\]?:? /;
/** npm: a number, a level, the message. */
const NPM = /^\d{1,9} (silly|verbose|info|timing|http|notice|warn|error) /;

/** Python where nothing is set: a level, a logger, the message. */
const PYTHON = /^(DEBUG|INFO|WARNING|ERROR|CRITICAL):([\w.-]{1,128}):/;

/** Anything: the whole text is the message. A time, one of npm's levels or Python's at its begin are read. */
export const plainText: TextFormat = {
  name: 'plain',
  marks: 'anything',
  decode(line, draft) {
    const time = TIME.exec(line);
    if (time) draft.setTime(time[1]);
    const level = NPM.exec(line)?.[1];
    if (level !== undefined) draft.setLevel(level === 'timing' || level === 'http' ? 'info' : level, 'syslog');
    const python = PYTHON.exec(line);
    if (python) {
      draft.setLevel(python[1], 'syslog');
      draft.fields['log.logger'] ??= python[2];
      draft.setService(python[2], 7);
    }
    draft.fields['message'] = line;
    return true;
  },
};
