import { rmSync } from 'node:fs';
import { PipelineFileError } from '../../src/topics/pipeline-file-error';
import { FileWatch } from '../../src/topics/watch-file';
import { temporaryFolder } from './files';

const files = temporaryFolder();
let made = 0;

/** A watch of a file with the text `one`, and what it has told. */
function watching(take: (text: string) => Promise<void> = async () => undefined) {
  const name = `w${(made += 1)}.yaml`;
  const file = files.write(name, 'one');
  const told: string[] = [];
  const watch = new FileWatch({
    file,
    text: 'one',
    async take(text) {
      await take(text);
      told.push(`took ${text}`);
    },
    refused: ({ problems }) => told.push(`refused${problems.join()}`),
  });
  const look = async (times = 1) => {
    for (let i = 0; i < times; i += 1) await watch.look();
    return told;
  };
  return { watch, look, file, write: (text: string) => files.write(name, text) };
}

describe('FileWatch', () => {
  test('says nothing of a file that stays', async () => {
    expect(await watching().look(3)).toEqual([]);
  });

  test('takes a changed text once, when it is found twice', async () => {
    const { look, write } = watching();
    write('two');
    expect(await look()).toEqual([]);
    expect(await look(3)).toEqual(['took two']);
  });

  test('waits until whoever writes has ended', async () => {
    const { look, write } = watching();
    for (const text of ['t', 'tw', 'two']) {
      write(text);
      expect(await look()).toEqual([]);
    }
    expect(await look()).toEqual(['took two']);
  });

  test('a text that comes and goes between two looks was none', async () => {
    const { look, write } = watching();
    write('two');
    await look();
    write('one');
    expect(await look(3)).toEqual([]);
  });

  test('tells of a text that is refused once, and takes the next', async () => {
    const { look, write } = watching(async (text) => {
      if (text === 'bad') throw new PipelineFileError('f', [': is bad']);
    });
    write('bad');
    expect(await look(4)).toEqual(['refused: is bad']);
    write('one');
    expect(await look(2)).toEqual(['refused: is bad', 'took one']);
  });

  test('a file that is away is refused, and taken when it is back', async () => {
    const { look, write, file } = watching();
    rmSync(file);
    expect(await look(3)).toEqual(['refused: cannot be read: ENOENT']);
    write('one');
    expect(await look(2)).toHaveLength(2);
  });

  test('what is not the fault of the file is tried again', async () => {
    let fails = 1;
    const { look, watch, write } = watching(async () => {
      fails -= 1;
      if (fails === 0) throw new Error('away');
    });
    write('two');
    await watch.look();
    await expect(watch.look()).rejects.toThrow('away');
    expect(await look(2)).toEqual(['took two']);
  });

  test('looks at the same time are one', async () => {
    const { watch, look, write } = watching();
    write('two');
    await Promise.all([watch.look(), watch.look(), watch.look()]);
    expect(await look(0)).toEqual([]);
    expect(await look()).toEqual(['took two']);
  });
});
