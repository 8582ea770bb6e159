import type { Admin } from 'kafkajs';
import { createTopics } from '../../src/kafka/create-topics';

/** An admin client whose broker answers the questions for a topic one after another; the last answer stays. */
function adminWith(answers: (string | undefined)[], created = true) {
  const asked: unknown[] = [];
  const admin = {
    createTopics: () => Promise.resolve(created),
    fetchTopicMetadata: (query: unknown) => {
      asked.push(query);
      const type = answers.length > 1 ? answers.shift() : answers[0];
      return type === undefined
        ? Promise.resolve({ topics: [] })
        : Promise.reject(Object.assign(new Error(type), { type }));
    },
  };
  return { admin: admin as unknown as Admin, asked };
}

describe('createTopics', () => {
  it('waits until the broker has heard of the topics and of their leaders', async () => {
    const { admin, asked } = adminWith(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', undefined]);
    expect(await createTopics(admin, [{ topic: 'a' }, { topic: 'b' }])).toBe(true);
    expect(asked).toEqual(Array(3).fill({ topics: ['a', 'b'] }));
  });

  it('waits for topics that somebody else has created, too', async () => {
    const { admin, asked } = adminWith(['LEADER_NOT_AVAILABLE', undefined], false);
    expect(await createTopics(admin, [{ topic: 'a' }])).toBe(false);
    expect(asked).toHaveLength(2);
  });

  it('fails with any other answer, at once', async () => {
    const { admin, asked } = adminWith(['TOPIC_AUTHORIZATION_FAILED']);
    await expect(createTopics(admin, [{ topic: 'a' }])).rejects.toThrow('TOPIC_AUTHORIZATION_FAILED');
    expect(asked).toHaveLength(1);
  });

  it('fails when the topic stays unknown for half a minute', async () => {
    jest.useFakeTimers();
    try {
      const { admin } = adminWith(['UNKNOWN_TOPIC_OR_PARTITION']);
      const failed = expect(createTopics(admin, [{ topic: 'a' }])).rejects.toThrow('UNKNOWN_TOPIC_OR_PARTITION');
      await jest.advanceTimersByTimeAsync(31_000);
      await failed;
    } finally {
      jest.useRealTimers();
    }
  });
});
