import { replacementAt } from './replacement';
import type { Finder } from './rules';

const COLON = 58;
const AT = 64;
/** What ends the part of an address in which a login may stand. */
const ENDS = new Set([...' \t\r\n/?#"\'<>\\`'].map((one) => one.charCodeAt(0)));
/** What may stand before `://` and behind it; the trigger scan knows it, too. */
const SCHEME_END = /[A-Za-z0-9+.-]{2}/;
const LOGIN_START = /[A-Za-z0-9:%_.~+$!*-]/;

/** The password of `scheme://user:password@host`; the user stays. */
export const findUrlLogins: Finder = (text, found) => {
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at)) {
    const from = at + 3;
    const sound =
      at > 1 && SCHEME_END.test(text.slice(at - 2, at)) && from < text.length && LOGIN_START.test(text[from]!);
    at = from;
    if (!sound) continue;
    let colon = -1;
    let last = -1;
    for (; at < text.length && !ENDS.has(text.charCodeAt(at)); at += 1) {
      const code = text.charCodeAt(at);
      if (code === COLON && colon < 0) colon = at;
      else if (code === AT) last = at;
    }
    if (colon < 0 || last <= colon + 1) continue;
    // What stands there may be a replacement already.
    if (replacementAt(text, colon + 1) !== last - colon - 1) found(colon + 1, last);
  }
};
