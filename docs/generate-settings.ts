import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderEnvExample, renderTables, replaceBetween, settingSections, stackSections } from './settings-text';

const ROOT = join(__dirname, '..');

/** `npm run docs:settings`: writes `.env.example` and the tables of the README anew. A test fails while either is stale. */
function main(): void {
  const readme = join(ROOT, 'README.md');
  let text = readFileSync(readme, 'utf8');
  text = replaceBetween(text, 'settings', renderTables(settingSections()));
  text = replaceBetween(text, 'stack-settings', renderTables(stackSections()));
  writeFileSync(readme, text);
  writeFileSync(join(ROOT, '.env.example'), renderEnvExample([...settingSections(), ...stackSections()]));
}

main();
