import { MessageLog } from '../../src/workflows/message-log';
import { MessageError, readMessage } from '../../src/workflows/read-message';

describe('readMessage', () => {
  test.each([undefined, null, {}, { reason: null }])('takes %j for nothing to say', (argument) => {
    expect(readMessage('pause', argument)).toEqual({ name: 'pause' });
  });

  test('reads every field, and cuts an explanation that is too long', () => {
    const argument = { reason: 'r'.repeat(600), actor: 'a', requestId: 'id', partition: 3, to: '0500' };
    expect(readMessage('accept-gap', argument)).toEqual({
      name: 'accept-gap',
      ...{ reason: 'r'.repeat(500), actor: 'a', requestId: 'id', partition: 3, to: '500' },
    });
  });

  test.each([
    ['maintenance', /takes a JSON object/],
    [['x'], /takes a JSON object/],
    [7, /takes a JSON object/],
    [true, /takes a JSON object/],
    [{ raeson: 'x' }, /it takes reason, actor, requestId, partition/],
    [{ to: '5' }, /has a field it does not know/],
    [{ constructor: 'x' }, /has a field it does not know/],
    [{ reason: 5, partition: '2' }, /reason must be text; partition must be the number/],
    [{ requestId: '' }, /requestId must be text of 1 to 128/],
    [{ requestId: 'x'.repeat(129) }, /requestId must be/],
    [{ partition: -1 }, /partition must be/],
    [{ ['x'.repeat(100_000)]: 'x'.repeat(100_000) }, /^.{1,200}$/],
  ])('refuses %.60j with what would be right', (argument, words) => {
    expect(() => readMessage('pause', argument)).toThrow(MessageError);
    expect(() => readMessage('pause', argument)).toThrow(words);
  });

  test.each(['-1', '1.5', '', '99999999999999999999', '9999999999999999', 5])('takes %j for no offset', (to) => {
    expect(() => readMessage('accept-gap', { to })).toThrow('to must be an offset');
  });
});

describe('MessageLog', () => {
  test('knows the last 256 request ids by message, also after continue-as-new', () => {
    const log = new MessageLog(undefined);
    for (let i = 0; i < 300; i += 1) expect(log.take('pause', { requestId: `id-${i}` })).toBe(true);
    const { memory } = log;
    expect(memory.seen).toHaveLength(256);
    expect(JSON.stringify(memory).length).toBeLessThan(4096);
    const next = new MessageLog(JSON.parse(JSON.stringify(memory)) as typeof memory);
    expect(next.take('pause', { requestId: 'id-299' })).toBe(false);
    expect(next.take('pause', { requestId: 'id-44' })).toBe(false);
    expect(next.take('pause', { requestId: 'id-43' })).toBe(true);
    expect(next.take('resume', { requestId: 'id-299' })).toBe(true);
    expect(next.counts).toMatchObject({ received: 304, duplicates: 2, ignored: 0 });
  });

  test('takes every message without a request id', () => {
    const log = new MessageLog(undefined);
    expect([log.take('pause', {}), log.take('pause', {})]).toEqual([true, true]);
  });

  test('says which message was ignored last, and takes it when it is sent again', () => {
    const log = new MessageLog(undefined);
    log.ignore('x'.repeat(100), 'unreadable');
    expect(log.counts.lastIgnored).toMatchObject({ name: 'x'.repeat(40), why: 'unreadable' });
    log.take('rebind', { requestId: 'a' });
    log.refuse('rebind', { requestId: 'a' }, 'not halted');
    expect(log.counts).toMatchObject({ received: 2, ignored: 2, lastIgnored: { name: 'rebind' } });
    expect(log.take('rebind', { requestId: 'a' })).toBe(true);
  });
});
