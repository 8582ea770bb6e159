import { randomBytes } from 'node:crypto';

/** The names of one seed's run, so that several can follow each other on the same servers. */
export interface RunNames {
  topic: string;
  deadLetterTopic: string;
  groupId: string;
  indexPrefix: string;
  taskQueue: string;
}

/** Fresh names: the same seed may run twice on the same servers. */
export function namesOf(seed: number): RunNames {
  const name = `chaos-${seed}-${randomBytes(3).toString('hex')}`;
  return { topic: name, deadLetterTopic: `${name}.dead`, groupId: name, indexPrefix: name, taskQueue: name };
}
