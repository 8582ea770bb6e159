import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { PipelineFileError } from '../../src/topics/pipeline-file-error';
import { MAX_FILE_BYTES, readPipelineText } from '../../src/topics/read-bytes';
import { temporaryFolder } from './files';

const files = temporaryFolder();
const refusal = (file: string) =>
  readPipelineText(file).then(
    () => 'it was read',
    (error: unknown) => {
      expect(error).toBeInstanceOf(PipelineFileError);
      return (error as Error).message;
    },
  );

describe('readPipelineText', () => {
  test('gives the text, also behind links, as Kubernetes mounts it', async () => {
    const file = files.write('a.yaml', 'topics: []');
    symlinkSync(file, files.path('link'));
    symlinkSync(files.path('link'), files.path('link-of-link'));
    expect(await readPipelineText(files.path('link-of-link'))).toBe('topics: []');
  });

  test('a file that is not there', async () => {
    expect(await refusal(files.path('none'))).toBe(
      `bad pipeline file:\n  ${files.path('none')}: cannot be read: ENOENT`,
    );
  });

  test('links in a circle', async () => {
    symlinkSync(files.path('round'), files.path('about'));
    symlinkSync(files.path('about'), files.path('round'));
    expect(await refusal(files.path('round'))).toContain('cannot be read: ELOOP');
  });

  test('a folder, a device without end, a pipe that nobody writes to', async () => {
    execFileSync('mkfifo', [files.path('pipe')]);
    for (const file of [files.folder, '/dev/zero', files.path('pipe')]) {
      expect(await refusal(file)).toMatch(/is no regular file|EISDIR/);
    }
  });

  test('a file of the largest size, and one byte more', async () => {
    expect(await readPipelineText(files.write('full', 'x'.repeat(MAX_FILE_BYTES)))).toHaveLength(MAX_FILE_BYTES);
    expect(await refusal(files.write('over', 'x'.repeat(MAX_FILE_BYTES + 1)))).toContain('is larger than');
  });

  test.each([
    ['Latin-1', Buffer.from('topics: # für', 'latin1')],
    ['UTF-16', Buffer.from('\ufefftopics:', 'utf16le')],
    ['half a character', Buffer.from([0x61, 0xe2, 0x82])],
  ])('%s is no UTF-8', async (name, bytes) => {
    expect(await refusal(files.write(name, bytes))).toContain('is not valid UTF-8');
  });
});
