import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipelineFileSchema } from '../src/topics/schema';
import { renderEnvExample, renderTables, replaceBetween, settingSections, stackSections } from './settings-text';

const ROOT = join(__dirname, '..');

/**
 * `npm run docs:settings`: writes `.env.example`, the tables of the README and the JSON schema of the pipeline file anew. A
 * test fails while one of them is stale.
 */
function main(): void {
  const readme = join(ROOT, 'README.md');
  let text = readFileSync(readme, 'utf8');
  text = replaceBetween(text, 'settings', renderTables(settingSections()));
  text = replaceBetween(text, 'stack-settings', renderTables(stackSections()));
  writeFileSync(readme, text);
  writeFileSync(join(ROOT, '.env.example'), renderEnvExample([...settingSections(), ...stackSections()]));
  writeFileSync(join(ROOT, 'config/pipeline.schema.json'), pipelineFileSchema());
}

main();
