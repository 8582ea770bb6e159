import { ledgerSchema } from '../../src/api/schemas/ledger';
import { openLedger, type ClosedLedger } from '../../src/domain/ledger';
import { brokenOffsets, client, commit, fakeOffsets, fakeWorkflows, partitionState, silence } from './fakes';

const unreachable = { execution: 'unreachable' } as const;

function booked(
  partition: number,
  fates: Partial<ReturnType<typeof openLedger>>,
  more: { closed?: ClosedLedger[] } = {},
) {
  const state = partitionState(partition, 0, { ledger: { ...openLedger('0'), ...fates } });
  return { execution: 'open', state: { ...state, ...more } } as const;
}

const first = booked(0, { first: '5', next: '100', indexed: 80, duplicate: 4, deadLettered: 10, filtered: 1 });
const second = booked(1, { next: '50', indexed: 45, void: 2, lostUpstream: 3 });

describe('GET /pipeline/ledger', () => {
  it('is the account of every partition by its workflow, and their sum', async () => {
    const workflows = fakeWorkflows({ 0: first, 1: second });
    const { body } = await client({ workflows, offsets: fakeOffsets([110, 50], [90, 50]) })
      .get('/pipeline/ledger')
      .expect(200);
    expect(ledgerSchema.parse(body)).toMatchObject({ topic: 'logs', source: 'workflows', missing: [] });
    expect(body.partitions[0]).toEqual({
      partition: 0,
      state: 'running',
      source: 'workflows',
      generation: 1,
      first_offset: '5',
      next_offset: '100',
      end_offset: '110',
      committed_offset: '90',
      lag: 10,
      fates: { indexed: 80, duplicate: 4, dead_lettered: 10, filtered: 1, lost_upstream: 0, void: 0 },
      documents: 84,
      imbalance: 0,
      redriven: 0,
      current: { indexed: 80, dead_lettered: 10, documents: 84 },
      closed: [],
    });
    expect(body.totals).toEqual({
      offsets: 145,
      lag: 10,
      fates: { indexed: 125, duplicate: 4, dead_lettered: 10, filtered: 1, lost_upstream: 3, void: 2 },
      documents: 129,
      imbalance: 0,
      redriven: 0,
      current: { indexed: 125, dead_lettered: 10, documents: 129 },
    });
  });

  it('moves redriven letters of this generation from one fate to the other', async () => {
    const letters = {
      countSettled: async () => [
        { generation: 1, partition: 0, count: 3, added: 3 },
        { generation: 2, partition: 0, count: 5, added: 5 },
        { generation: 1, partition: 9, count: 5, added: 5 },
      ],
    };
    const { body } = await client({ workflows: fakeWorkflows({ 0: first, 1: second }), letters }).get(
      '/pipeline/ledger',
    );
    expect(body.partitions[0]).toMatchObject({ redriven: 3, current: { indexed: 83, dead_lettered: 7 } });
    expect(body.totals).toMatchObject({ redriven: 3, imbalance: 0, current: { indexed: 128, dead_lettered: 7 } });
  });

  it('shows what an account is off by', async () => {
    const { body } = await client({ workflows: fakeWorkflows({ 0: booked(0, { next: '10', indexed: 12 }) }) }).get(
      '/pipeline/ledger',
    );
    expect(body.partitions[0].imbalance).toBe(-2);
  });

  it('shows the accounts of earlier topics of the name, outside the totals', async () => {
    const closed = [{ generation: 1, ledger: { ...openLedger('0'), next: '7', indexed: 7 } }];
    const { body } = await client({
      workflows: fakeWorkflows({ 0: booked(0, { next: '2', indexed: 2 }, { closed }) }),
      offsets: fakeOffsets([2]),
    }).get('/pipeline/ledger');
    expect(body.partitions[0].closed).toEqual([
      {
        generation: 1,
        first_offset: '0',
        next_offset: '7',
        fates: { indexed: 7, duplicate: 0, dead_lettered: 0, filtered: 0, lost_upstream: 0, void: 0 },
        documents: 7,
        imbalance: 0,
      },
    ]);
    expect(body.totals.offsets).toBe(2);
  });

  it('is from the mirrored commits while Temporal does not answer', async () => {
    const workflows = fakeWorkflows({ 0: unreachable, 1: unreachable }, unreachable);
    const { body } = await client({ workflows }).get('/pipeline/ledger').expect(200);
    expect(ledgerSchema.parse(body)).toMatchObject({ source: 'commits', missing: ['temporal'] });
    expect(body.partitions[0]).toMatchObject({
      source: 'commits',
      next_offset: '80',
      fates: { indexed: 80 },
      imbalance: 0,
    });
  });

  it('is from the mirrored commit for a partition whose workflow is gone', async () => {
    const { body } = await client({ workflows: fakeWorkflows({ 0: first }) }).get('/pipeline/ledger');
    expect(body.partitions.map(({ source }: { source: string }) => source)).toEqual(['workflows', 'commits']);
    expect(body.source).toBe('commits');
  });

  it('has no lag while Kafka is silent', async () => {
    const offsets = {
      ends: () => silence<never>(),
      offsetsAt: () => silence<never>(),
      committed: () => silence<never>(),
    };
    const { body } = await client({ offsets }).get('/pipeline/ledger').expect(200);
    expect(ledgerSchema.parse(body)).toMatchObject({
      missing: ['kafka'],
      totals: { lag: null, fates: { indexed: 190 } },
    });
  });

  it.each([
    ['fails', () => Promise.reject(new Error('down'))],
    ['is silent', () => silence<never>()],
  ])('does not know what was redriven while Elasticsearch %s', async (_, redriven) => {
    const { body } = await client({ letters: { countSettled: redriven } })
      .get('/pipeline/ledger')
      .expect(200);
    expect(ledgerSchema.parse(body)).toMatchObject({
      missing: ['elasticsearch'],
      totals: { redriven: null, current: null },
    });
    expect(body.partitions[0]).toMatchObject({ fates: { indexed: 90 }, redriven: null, current: null });
  });

  it.each(['', 'not json', JSON.stringify({ ...JSON.parse(commit(4).metadata), progress: { generation: 0 } })])(
    'takes no account from a commit whose metadata is %.20p',
    async (metadata) => {
      const offsets = { ...fakeOffsets([10]), committed: async () => new Map([[0, { offset: '4', metadata }]]) };
      const { body } = await client({ workflows: fakeWorkflows({}), offsets }).get('/pipeline/ledger');
      expect(ledgerSchema.parse(body).partitions[0]).toMatchObject({ source: 'none', next_offset: '4', fates: null });
    },
  );

  it('is 503 when neither Temporal nor Kafka answers', async () => {
    const workflows = fakeWorkflows({ 0: unreachable, 1: unreachable }, unreachable);
    const { body } = await client({ workflows, offsets: brokenOffsets }).get('/pipeline/ledger').expect(503);
    expect(body.code).toBe('pipeline_unavailable');
  });
});
