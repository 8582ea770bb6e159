import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotateLogs } from '../../../local/supervisor/rotate-logs';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sluice-logs-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('rotateLogs', () => {
  test('a log within the limit stays as it is', () => {
    appendFileSync(join(folder, 'api.log'), 'short');
    rotateLogs(folder, 10);
    expect(readdirSync(folder)).toEqual(['api.log']);
  });

  test('a log over the limit is cut while it is written to, and two older parts are kept', () => {
    const file = join(folder, 'api.log');
    const handle = openSync(file, 'a');
    for (const text of ['first part..', 'second part.', 'third part..']) {
      writeSync(handle, text);
      rotateLogs(folder, 10);
    }
    writeSync(handle, 'now');
    closeSync(handle);
    expect(readdirSync(folder).sort()).toEqual(['api.log', 'api.log.1', 'api.log.2']);
    expect(readFileSync(file, 'utf8')).toBe('now');
    expect(readFileSync(`${file}.1`, 'utf8')).toBe('third part..');
    expect(readFileSync(`${file}.2`, 'utf8')).toBe('second part.');
  });

  test('a folder that does not exist yet is no error', () => {
    expect(() => rotateLogs(join(folder, 'none'))).not.toThrow();
  });
});
