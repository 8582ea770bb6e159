import type { Command } from 'commander';
import { EXIT } from '../../src/cli/failures';
import { createProgram } from '../../src/cli/program';
import { read, section } from '../docs/documents';

const { stdout: out, stderr: err } = process;
const pipelineFiles = { check: async () => [], schema: async () => '' };
const surroundings = { out, err, env: {}, user: 'tester@here', version: '1', readText: async () => '', pipelineFiles };
const program = createProgram(surroundings, () => undefined);
const document = read('docs/cli.md');

/** What a command line names, down to its last command, and the options that it may have. */
function find(words: string[]): { command: Command; options: string[] } {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (!next) break;
    command = next;
  }
  const named = (command as unknown as { _defaultCommandName?: string })._defaultCommandName;
  const target = command.commands.find((one) => one.name() === named) ?? command;
  return { command: target, options: [...target.options, ...program.options].map(({ long }) => long!) };
}

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

describe('docs/cli.md', () => {
  const rows = [...section(document, '## Verbs').matchAll(/^\| (.*) \| (.*) \|$/gm)].map(([, cell]) => cell!);
  const shown = rows.flatMap((cell) =>
    [...cell.matchAll(/`sluice ([^`]+)`/g)].map(([, line]) => ({ cell, line: line! })),
  );

  it('names every command', () => {
    const named = new Set(shown.map(({ line }) => find(line.split(' ')).command));
    const missing = leaves(program).filter((one) => !named.has(one));
    expect(missing.map((one) => `${one.parent!.name()} ${one.name()}`)).toEqual([]);
  });

  it('names only options that there are', () => {
    for (const { cell, line } of shown) {
      const { command, options } = find(line.split(' '));
      expect(command).not.toBe(program);
      const alone = cell.match(/`sluice /g)!.length === 1;
      const used = [...(alone ? cell : line).matchAll(/(--[\w-]+)/g)].map(([, name]) => name);
      expect(used.filter((name) => !options.includes(name!))).toEqual([]);
    }
  });

  it('explains every exit code', () => {
    const codes = [...section(document, '## Exit codes').matchAll(/^\| `(\d+)` \|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT));
  });
});
