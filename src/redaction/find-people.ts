import { isIPv6 } from 'node:net';
import type { Finder } from './rules';

/** E-mail and IP addresses: redacted by choice only. */

const LOCAL = /[A-Za-z0-9._%+'-]/;
const MAX_LOCAL = 64;
const DOMAIN =
  /[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}|[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/y;
const IPV4 = /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\d|\.\d)/g;
const IPV6_RUN = /[0-9A-Fa-f:.]{3,}/g;
const MAX_IPV6 = 45;
const WORD = /[A-Za-z0-9_]/;

export const findEmails: Finder = (text, found) => {
  let last = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > last && at - start < MAX_LOCAL && LOCAL.test(text[start - 1]!)) start -= 1;
    if (start === at) continue;
    DOMAIN.lastIndex = at + 1;
    const domain = DOMAIN.exec(text)?.[0];
    if (domain === undefined) continue;
    last = at + 1 + domain.length;
    found(start, last);
  }
};

/** A version of four small numbers looks like an address of the old kind, and is taken for one. */
export const findAddresses: Finder = (text, found) => {
  for (const { 0: address, index } of text.matchAll(IPV4)) found(index, index + address.length);
  for (const { 0: run, index } of text.matchAll(IPV6_RUN)) {
    // The colon or point of a sentence.
    const address = run.replace(/(?<!:)[:.]$/, '');
    const end = index + address.length;
    if (address.length > MAX_IPV6 || address === '::' || !address.includes(':')) continue;
    if (WORD.test(text[index - 1] ?? '') || WORD.test(text[end] ?? '')) continue;
    if (isIPv6(address)) found(index, end);
  }
};
