import { FIELDS } from '../../src/api/query/fields';
import { readQuery } from '../../src/api/query/read-query';
import { client } from '../api/fakes';
import { read, section } from './documents';

const text = read('docs/queries.md');
const addresses = [...text.matchAll(/^GET (\S.*)$/gm)].map(([, address]) => address!);
const language = section(text, '## The language of `q`');
const queries = [...language.matchAll(/^\| (`.+`) \| [^|]+ \|$/gm)].flatMap(([, cell]) =>
  [...cell!.replaceAll('\\|', '|').matchAll(/`([^`]+)`/g)].map(([, query]) => query!),
);

/** As curl would send it, with `--data-urlencode` for what needs it. */
function encoded(address: string): string {
  return encodeURI(address).replaceAll('+', '%2B');
}

describe('docs/queries.md', () => {
  it.each(addresses.filter((address) => !address.endsWith('cursor=...')))(
    'shows a request that is answered: %s',
    async (address) => {
      await client().get(encoded(address)).expect(200);
    },
  );

  it('shows how to go on, with the cursor of the request before', async () => {
    const at = addresses.findIndex((address) => address.endsWith('cursor=...'));
    const [first, next] = [
      addresses[at - 1]!.replace('size=500', 'size=2').replace('now-1h', 'now-30h'),
      addresses[at]!,
    ];
    const app = client();
    const { body } = await app.get(encoded(first)).expect(200);
    const going = next.replace('now-1h', 'now-30h').replace('...', body.next_cursor as string);
    const { body: second } = await app.get(encoded(going)).expect(200);
    expect(second.total).toEqual(body.total);
  });

  it('shows queries that can be read', () => {
    expect(queries.length).toBeGreaterThan(25);
    for (const query of queries) expect(() => readQuery(query.replace(/^q$/, 'x'), 0)).not.toThrow();
  });

  it('names every field', () => {
    const named = new Set([...text.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    const other = ['message', 'time', 'anomaly', 'edited'];
    expect(Object.keys(FIELDS).filter((name) => !named.has(name) && !other.includes(name))).toEqual([]);
  });
});
