import { runCommand } from '../../local/system/run-command';
import { projectRoot } from '../../local/project';

/** The commit of the work tree, with a `+` when tracked files were changed since. */
export async function currentCommit(): Promise<string> {
  const cwd = projectRoot();
  const commit = (await runCommand('git', ['rev-parse', '--short=10', 'HEAD'], { cwd })).trim();
  const changes = await runCommand('git', ['status', '--porcelain', '--untracked-files=no'], { cwd });
  return changes.trim() === '' ? commit : `${commit}+`;
}
