import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../local/project';
import type { TestPipeline } from '../../test/support/pipeline';
import { endWithUs } from '../end-with-us';

/** The generator as a process of its own, at a steady rate, until it is stopped. */
export function startProducer(pipeline: TestPipeline, rate: number): { stop(): Promise<void> } {
  const generator = endWithUs(
    spawn(process.execPath, ['--require', 'tsx/cjs', join('src', 'generator', 'main.ts')], {
      cwd: projectRoot(),
      env: { ...pipeline.env, GENERATOR_RATE: String(rate), GENERATOR_COUNT: '0' },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  const ended = once(generator, 'exit') as Promise<[number | null]>;
  let stopping: Promise<void> | undefined;
  return {
    stop() {
      stopping ??= (async () => {
        generator.kill('SIGTERM');
        const [code] = await ended;
        if (code !== 0) throw new Error(`the generator ended with ${code}: not every log was acknowledged`);
      })();
      return stopping;
    },
  };
}
