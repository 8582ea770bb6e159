import { createRedactor } from '../../src/redaction/redactor';
import { REDACTION_RULES, SECRET_RULES } from '../../src/redaction/rules';
import { read, section } from './documents';

const rows = [
  ...section(read('docs/redaction.md'), '## Rules').matchAll(
    /^\| `(\w+)` \|[^|]+\| (yes|no) \| `(.+)` \| `(.+)` \|$/gm,
  ),
];

describe('docs/redaction.md', () => {
  it('has each rule, and whether it is on', () => {
    expect(rows.map(([, rule]) => rule)).toEqual([...REDACTION_RULES]);
    expect(rows.filter(([, , on]) => on === 'yes').map(([, rule]) => rule)).toEqual([...SECRET_RULES]);
  });

  it.each(rows.map(([, rule, , text, shown]) => [rule!, text!, shown!]))('%s: its example', (_rule, text, shown) => {
    const redactor = createRedactor({ rules: REDACTION_RULES, fields: [] });
    expect(redactor.bytes(Buffer.from(text)).toString()).toBe(shown);
  });
});
