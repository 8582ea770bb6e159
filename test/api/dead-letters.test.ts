import * as schemas from '../../src/api/schemas/dead-letters';
import { fromCursor, toCursor } from '../../src/api/dead-letters/letter-view';
import { kafkaRecord, PLAIN_LOG } from '../support/records';
import { client } from './fakes';
import { createMemoryDesk } from './memory-dead-letters';

const idOf = (offset: number) => `01-0000-${String(offset).padStart(16, '0')}`;

/** Letters 0 to 4: no JSON; 5: a record that decodes by now; 6: binary. */
async function open() {
  const memory = createMemoryDesk();
  await memory.add([
    ...[0, 1, 2, 3, 4].map((offset) => ({ record: kafkaRecord(`not json ${offset}`, { offset }) })),
    {
      record: kafkaRecord(PLAIN_LOG, { offset: 5, key: Buffer.from('k'), headers: { trace: Buffer.from([255, 0]) } }),
      rejection: { code: 'mapping_rejected', field: '', detail: 'failed to parse' } as const,
    },
    { record: kafkaRecord(Buffer.from([255, 254]), { offset: 6 }) },
  ]);
  return { ...memory, app: client({ deadLetters: memory.desk }) };
}

describe('GET /pipeline/dead-letters', () => {
  it('shows letters newest first with counts, page by page', async () => {
    const { app } = await open();
    const first = await app.get('/pipeline/dead-letters?size=4').expect(200);
    const page = schemas.deadLettersSchema.parse(first.body);
    expect(page.letters.map(({ kafka }) => kafka.offset)).toEqual(['6', '5', '4', '3']);
    expect(page.by_reason).toContainEqual({ reason: 'invalid_json', count: 6 });
    expect(page.by_state).toMatchObject({ open: 7 });
    const { body: second } = await app.get(`/pipeline/dead-letters?size=4&cursor=${page.next_cursor}`).expect(200);
    expect(schemas.deadLettersSchema.parse(second).letters.map(({ kafka }) => kafka.offset)).toEqual(['2', '1', '0']);
    expect(second.next_cursor).toBeNull();
    expect(JSON.stringify(second)).not.toContain('"body"');
  });

  it('filters by reason, state and partition', async () => {
    const { app } = await open();
    const { body } = await app
      .get('/pipeline/dead-letters?reason=mapping_rejected&state=open&partition=0,3')
      .expect(200);
    expect(body.total.value).toBe(1);
    const other = await app.get('/pipeline/dead-letters?partition=3').expect(200);
    expect(other.body.total.value).toBe(0);
  });

  it.each([
    ['cursor=x', 'cursor'],
    ['cursor=MS4yLjM', 'cursor'],
    ['partition=-1', 'partition'],
    ['reason=bad', 'reason'],
    ['state=closed', 'state'],
    ['size=501', 'size'],
    ['from=now&to=now-1h', 'from'],
    ['q=', 'q'],
  ])('answers %s with the parameter that is wrong', async (query, parameter) => {
    const { app } = await open();
    const { body } = await app.get(`/pipeline/dead-letters?${query}`).expect(400);
    expect(body.errors[0].parameter).toBe(parameter);
  });

  it('has cursors that are undone by their inverse', () => {
    const position = [1795515331021, 1, 2, 9007199254740991] as const;
    expect(fromCursor(toCursor(position))).toEqual(position);
  });
});

describe('GET /pipeline/dead-letters/{id}', () => {
  it('shows bytes as text where they are UTF-8, and as base64 where they are not', async () => {
    const { app } = await open();
    const { body: log } = await app.get(`/pipeline/dead-letters/${idOf(5)}`).expect(200);
    expect(schemas.deadLetterDetailSchema.parse(log)).toMatchObject({
      body: { encoding: 'utf8', content: JSON.stringify(PLAIN_LOG) },
      key: { encoding: 'utf8', content: 'k' },
      headers: [{ name: 'trace', encoding: 'base64', content: '/wA=' }],
    });
    const { body: binary } = await app.get(`/pipeline/dead-letters/${idOf(6)}`).expect(200);
    expect(binary.body).toEqual({ encoding: 'base64', content: '//4=' });
  });

  it('is 404 for a letter that does not exist and for what is no id', async () => {
    const { app } = await open();
    const { body } = await app.get(`/pipeline/dead-letters/${idOf(99)}`).expect(404);
    expect(body.code).toBe('dead_letter_not_found');
    await app.get('/pipeline/dead-letters/x').expect(404);
  });
});

describe('POST /pipeline/dead-letters/redrive', () => {
  const path = '/pipeline/dead-letters/redrive';

  it('says what would happen, and writes nothing', async () => {
    const { app, orders, letters } = await open();
    const { body } = await app.post(path).send({ all: true, dry_run: true }).expect(200);
    expect(schemas.previewSchema.parse(body)).toMatchObject({
      ...{ selected: 7, examined: 7, by_reason: [{ reason: 'invalid_json', count: 6 }] },
      outcomes: { indexed: 1, rejected: 6, expired: 0, unknown: 0 },
    });
    expect(orders.orders.size).toBe(0);
    expect(Object.values(letters.states)).not.toContain('redriving');
  });

  it('decodes no record that killed its process', async () => {
    const { app, letters } = await open();
    for (const id of letters.letters.keys()) {
      letters.alter(id, { reason: { code: 'process_killed', field: '', detail: '' } });
    }
    const { body } = await app.post(path).send({ all: true, dry_run: true }).expect(200);
    expect(body).toMatchObject({ by_reason: [{ reason: 'process_killed', count: 7 }], outcomes: { rejected: 7 } });
  });

  it('keeps the order, then starts its workflow', async () => {
    const { app, orders, started } = await open();
    const order = { filter: { reason: ['mapping_rejected'] }, actor: 'on-call', reason: 'mended' };
    const { body } = await app.post(path).send(order).expect(202);
    const { operation, selected } = schemas.redriveStartedSchema.parse(body);
    expect(selected).toBe(1);
    expect(started.get(operation)).toBe('running');
    expect(orders.orders.get(operation)).toMatchObject({ filter: { codes: ['mapping_rejected'] }, actor: 'on-call' });
    const progress = await app.get(`/pipeline/redrives/${operation}`).expect(200);
    expect(schemas.redriveSchema.parse(progress.body)).toMatchObject({ state: 'running', selected: 1, redriven: 0 });
    await app.post(`/pipeline/redrives/${operation}/cancel`).send({}).expect(204);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['two selections', { all: true, ids: [idOf(1)] }],
    ['all: false', { all: false }],
    ['an empty list', { ids: [] }],
    ['an id that is none', { ids: ['x'] }],
    ['a state', { filter: { state: ['redriven'] } }],
    ['an unknown field', { all: true, colour: 'red' }],
  ])('refuses %s', async (_case, body) => {
    const { app, orders } = await open();
    await app.post(path).send(body).expect(400);
    expect(orders.orders.size).toBe(0);
  });

  it('is 503 while Temporal is away, and no letter is touched', async () => {
    const { desk, letters } = await open();
    const workflows = { ...desk.workflows, start: () => Promise.reject(new Error('down')) };
    const { body } = await client({ deadLetters: { ...desk, workflows } })
      .post(path)
      .send({ all: true })
      .expect(503);
    expect(body.code).toBe('temporal_unavailable');
    expect(new Set(Object.values(letters.states))).toEqual(new Set(['open']));
  });
});

describe('POST /pipeline/dead-letters/{id}/redrive', () => {
  const path = (offset: number) => `/pipeline/dead-letters/${idOf(offset)}/redrive`;

  it('takes an edited body, as an object or as exact text', async () => {
    const { app, orders } = await open();
    for (const edited of [PLAIN_LOG, JSON.stringify(PLAIN_LOG)]) {
      const { body } = await app.post(path(0)).send({ body: edited }).expect(202);
      const { filter, editedBody } = orders.orders.get(body.operation)!;
      expect(filter).toEqual({ ids: [idOf(0)] });
      expect(editedBody!.toString()).toBe(JSON.stringify(PLAIN_LOG));
    }
  });

  it('previews the edited body, and refuses one that would be refused', async () => {
    const { app, orders } = await open();
    const dry = await app.post(path(0)).send({ body: PLAIN_LOG, dry_run: true }).expect(200);
    expect(dry.body.outcomes).toMatchObject({ indexed: 1 });
    const { body } = await app
      .post(path(0))
      .send({ body: { service: 'x', level: 'info' } })
      .expect(400);
    expect(body.errors).toEqual([{ pointer: '/body/message', detail: expect.any(String) }]);
    expect(orders.orders.size).toBe(0);
  });

  it('reads an edited body of 1 MiB, and no more than 3 MB', async () => {
    const { app } = await open();
    const message = (length: number) => ({ body: { ...PLAIN_LOG, message: 'x'.repeat(length) } });
    await app.post(path(0)).send(message(1_000_000)).expect(202);
    await app.post(path(0)).send(message(4_000_000)).expect(413);
  });

  it('is 409 for a letter whose record has its document, and 404 for none', async () => {
    const { app, letters } = await open();
    letters.alter(idOf(0), { state: 'redriven' });
    const { body } = await app.post(path(0)).send({}).expect(409);
    expect(body.code).toBe('dead_letter_not_open');
    await app.post(path(99)).send({}).expect(404);
  });
});

describe('GET /pipeline/redrives/{id}', () => {
  const operation = '7b0f2f0e-6f0a-4d0e-9d55-0d4c3c1f2a11';

  it('is 404 for an operation that was never ordered', async () => {
    const { app } = await open();
    const { body } = await app.get(`/pipeline/redrives/${operation}`).expect(404);
    expect(body.code).toBe('redrive_not_found');
    await app.post(`/pipeline/redrives/${operation}/cancel`).send({}).expect(404);
  });

  it('counts from the letters while Temporal is away', async () => {
    const { desk, letters, orders } = await open();
    orders.order(operation);
    letters.alter(idOf(0), { state: 'redriven', operation });
    letters.alter(idOf(1), { state: 'open', operation });
    const workflows = { ...desk.workflows, status: () => Promise.reject(new Error('down')) };
    const { body } = await client({ deadLetters: { ...desk, workflows } })
      .get(`/pipeline/redrives/${operation}`)
      .expect(200);
    expect(schemas.redriveSchema.parse(body)).toMatchObject({ state: 'unreachable', redriven: 1, rejected: 1 });
  });
});
