import type { LogSearch } from '../../../src/api/logs/ports';
import { client, documents, testSettings } from '../fakes';
import { busiest } from '../generated-logs';
import { createMemoryLogSearch } from '../memory-log-search';

jest.setTimeout(60_000);

const fixedKey = { ...testSettings, cursorSecrets: ['a key that two processes share'] };

describe('pages by cursor', () => {
  async function follow(app: ReturnType<typeof client>, path: string): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await app.get(path + (cursor === '' ? '' : `&cursor=${cursor}`)).expect(200);
      ids.push(...body.logs.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor as string | null;
    }
    return ids;
  }

  it.each(['/logs?size=30&sort=score', '/logs/anomalies?size=30', '/logs?size=400', `/requests/${busiest}?size=1`])(
    'of %s have each log once',
    async (path) => {
      const app = client();
      const ids = await follow(app, path);
      const { body } = await app.get(path);
      expect(ids).toHaveLength(body.total.value);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );

  it('are refused when their logs are too large to be held, with what would help', async () => {
    const tooLarge = () => Promise.reject(new RangeError('gives an answer of more than 16 MiB'));
    const memory = createMemoryLogSearch(documents);
    const app = client({ logs: { ...memory, search: tooLarge, anomalies: tooLarge, context: tooLarge } });
    const parameters = ['/logs', '/logs/anomalies', `/requests/${busiest}`, `/logs/${documents[0]!.id}/context`].map(
      async (path) => (await app.get(path).expect(400)).body.errors[0].parameter as string,
    );
    expect(await Promise.all(parameters)).toEqual(['size', 'size', 'size', 'before']);
  });

  it('begin frozen with a star, which still is the first page', async () => {
    let frozen: unknown;
    const memory = createMemoryLogSearch(documents);
    const search: LogSearch['search'] = (request) => ((frozen = request.freeze), memory.search(request));
    const app = client({ logs: { ...memory, search } });
    const { body } = await app.get('/logs?size=10&cursor=*').expect(200);
    expect([frozen, body.page]).toEqual([true, 1]);
    await app.get(`/logs?size=10&cursor=${body.next_cursor}`).expect(200);
    expect(frozen).toBe(false);
  });

  it('count relative times from the first page', async () => {
    let now = Date.UTC(2026, 10, 24, 12);
    const app = client({ now: () => now });
    const { body } = await app.get('/logs?from=now-5h&size=10').expect(200);
    now += 4 * 3_600_000;
    const { body: next } = await app.get(`/logs?from=now-5h&size=10&cursor=${body.next_cursor}`).expect(200);
    expect(next.total).toEqual(body.total);
  });

  it('belong to their own search', async () => {
    const app = client();
    const { body } = await app.get('/logs?level=info,warn&size=10').expect(200);
    await app.get(`/logs?level=info,warn&size=20&fields=level&cursor=${body.next_cursor}`).expect(200);
    const others = [
      '/logs?size=10',
      '/logs?level=info&size=10',
      '/logs?level=info,warn&sort=time',
      '/logs/anomalies?size=10',
    ];
    for (const path of others) {
      const { body: refused } = await app.get(`${path}&cursor=${body.next_cursor}`).expect(400);
      expect(refused.errors).toEqual([{ parameter: 'cursor', detail: expect.stringContaining('another search') }]);
    }
  });

  it('are 410 when their view is gone, and say what to do', async () => {
    const memory = createMemoryLogSearch(documents);
    const { body } = await client({ settings: fixedKey }).get('/logs?size=10').expect(200);
    const logs: LogSearch = { ...memory, search: async () => 'expired' };
    const app = client({ logs, settings: fixedKey });
    const { body: gone } = await app.get(`/logs?size=10&cursor=${body.next_cursor}`).expect(410);
    expect(gone).toMatchObject({ code: 'cursor_expired', detail: expect.stringContaining('Start again') });
  });

  it('of another installation are refused', async () => {
    const { body } = await client().get('/logs?size=10').expect(200);
    await client().get(`/logs?size=10&cursor=${body.next_cursor}`).expect(400);
  });
});
