import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';

const ROOT = join(__dirname, '..', '..');
/** Behind all that assembly/layout.ts gives a place to, in two pages more than that. */
const CONSTANTS_AT = 1_114_112;
const PAGES = 18;
const OPTIONS = [
  ...['--runtime', 'stub', '--noAssert', '-O3', '--converge', '--enable', 'simd', '--enable', 'bulk-memory'],
  ...['--use', 'abort=', '--memoryBase', String(CONSTANTS_AT), '--initialMemory', String(PAGES)],
  ...['--maximumMemory', String(PAGES)],
];

/** Compiles `assembly/`; the same source always gives the same bytes. */
export function compileKernel(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-kernel-'));
  try {
    const file = join(folder, 'kernel.wasm');
    const compiler = join(ROOT, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
    const source = join('src', 'plain-logs', 'assembly', 'index.ts');
    execFileSync(process.execPath, [compiler, source, '-o', file, ...OPTIONS], { cwd: ROOT, stdio: 'inherit' });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** kernel-bytes.ts, which holds what was compiled. */
export function renderKernel(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,112}/g) ?? [];
  return [
    '/** `assembly/` as WebAssembly, by `npm run build:kernel`; a test compiles it again. */',
    'export const KERNEL_BYTES = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}

if (require.main === module) writeFileSync(join(__dirname, 'kernel-bytes.ts'), renderKernel(compileKernel()));
