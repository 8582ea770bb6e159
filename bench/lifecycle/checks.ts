import type { TestPipeline } from '../../test/support/pipeline';
import { checkAccount } from '../check-account';

const PARTITIONS = 4;
const DRAIN_MS = 300_000;

/** What is wrong once everything that was produced has its fate; empty when the ledger is exact. */
export async function checkLedger(pipeline: TestPipeline, say: (line: string) => void): Promise<string[]> {
  const problems: string[] = [];
  const demand = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  const admin = pipeline.kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(pipeline.topic);
  await admin.disconnect();
  const produced = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const ledger = await pipeline.settled(produced, PARTITIONS, DRAIN_MS);
  const documents = await pipeline.countDocuments();
  say(`${produced} produced, ${ledger['indexed']} indexed, ${ledger['duplicate']} duplicate, ${documents} documents`);
  demand(ledger['indexed']! + ledger['duplicate']! === produced, 'not every record is indexed');
  demand(documents === produced, `${produced} produced, ${documents} documents`);
  problems.push(...(await checkAccount(pipeline, PARTITIONS, say)));
  return problems;
}
