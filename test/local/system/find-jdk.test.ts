import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findJdk, parseJavaVersion } from '../../../local/system/find-jdk';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'sluice-jdk-'))));
afterEach(() => rmSync(root, { recursive: true }));

function makeJdk(path: string, version: string, programs = ['java', 'javac']): string {
  const home = join(root, path);
  mkdirSync(join(home, 'bin'), { recursive: true });
  for (const program of programs) {
    writeFileSync(join(home, 'bin', program), '');
    chmodSync(join(home, 'bin', program), 0o755);
  }
  writeFileSync(join(home, 'release'), `IMPLEMENTOR="x"\nJAVA_VERSION="${version}"\n`);
  return home;
}

describe('findJdk', () => {
  test('JAVA_HOME that is new enough wins over a newer one in the usual folders', () => {
    const home = makeJdk('mine', '21.0.1');
    makeJdk('jvm/newer', '25');
    expect(findJdk({ JAVA_HOME: home }, [join(root, 'jvm')])).toEqual({ home, version: 21 });
  });

  test('java 17 in JAVA_HOME and on the PATH is passed over for a newer one in the usual folders', () => {
    const old = makeJdk('old', '17.0.15');
    const home = makeJdk('jvm/temurin-25', '25.0.3');
    makeJdk('jvm/temurin-21', '21.0.1');
    const env = { JAVA_HOME: old, PATH: join(old, 'bin') };
    expect(findJdk(env, [join(root, 'jvm')])).toEqual({ home, version: 25 });
  });

  test('java on the PATH that is a link leads to its home', () => {
    const home = makeJdk('opt/jdk', '22');
    mkdirSync(join(root, 'bin'));
    symlinkSync(join(home, 'bin', 'java'), join(root, 'bin', 'java'));
    expect(findJdk({ PATH: join(root, 'bin') }, [])?.version).toBe(22);
  });

  test('a macOS bundle is found through Contents/Home', () => {
    const home = makeJdk('Java/temurin.jdk/Contents/Home', '24');
    expect(findJdk({}, [join(root, 'Java')])).toEqual({ home, version: 24 });
  });

  test('a runtime without a compiler does not count', () => {
    makeJdk('jvm/jre', '25', ['java']);
    expect(findJdk({}, [join(root, 'jvm'), join(root, 'no-such-folder')])).toBeUndefined();
  });
});

test.each([
  ['25.0.3', 25],
  ['21', 21],
  ['1.8.0_402', 8],
  ['none', undefined],
])('parseJavaVersion of %s is %s', (text, version) => {
  expect(parseJavaVersion(text)).toBe(version);
});
