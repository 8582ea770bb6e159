import type { TextFormat } from './format';

/** A time that a line begins with. */
const TIME = /^\[?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?)\]?:? /;
/** npm: a number, a level, the message. */
const NPM = /^\d{1,9} (silly|verbose|info|timing|http|notice|warn|error) /;

/** Anything: the whole text is the message. A time or one of npm's levels at its begin is read. */
export const plainText: TextFormat = {
  name: 'plain',
  marks: 'anything',
  decode(line, draft) {
    const time = TIME.exec(line);
    if (time) draft.setTime(time[1]);
    const level = NPM.exec(line)?.[1];
    if (level !== undefined) draft.setLevel(level === 'timing' || level === 'http' ? 'info' : level, 'syslog');
    draft.fields['message'] = line;
    return true;
  },
};
