import { InvalidArgumentError, Option, type Command } from 'commander';
import { changeKeys, KeyFileError, keyName, readKeys } from '../../keys/key-file';
import { makeKey, stateOf, type StoredKey } from '../../keys/key';
import { SCOPES, type Scope } from '../../keys/scope';
import { CliFailure, EXIT } from '../failures';
import { toWhole } from '../options';
import type { Surroundings } from '../session';
import { createTerminal, type Terminal } from '../terminal';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_OVERLAP_HOURS = 24;

/** `sluice keys`: makes and ends the keys of the API in its keys file. It asks no server: whoever may write the file may. */
export function addKeyVerbs(program: Command, surroundings: Surroundings): void {
  const group = program.command('keys').description("the API's keys, in its keys file; no server is asked");
  const { env } = surroundings;
  const fileOption = () => {
    const option = new Option('--file <path>', 'the keys file; API_KEYS_FILE').makeOptionMandatory();
    return env['API_KEYS_FILE'] ? option.default(env['API_KEYS_FILE']) : option;
  };
  const verb = (name: string, description: string) =>
    group.command(name).description(description).addOption(fileOption());
  const run =
    <A extends unknown[]>(act: (verbRun: Run, ...rest: A) => Promise<void>) =>
    async (...given: [...A, Record<string, unknown>, Command]) => {
      const command = given.at(-1) as Command;
      const options = command.optsWithGlobals<{ file: string; json?: boolean }>();
      const terminal = createTerminal(surroundings, env);
      await act({ ...options, terminal, now: new Date() }, ...(given as unknown as A)).catch(tell);
    };

  verb('create', 'make a key; it is shown once and never again')
    .requiredOption('--name <name>', 'who acts with it; becomes the actor of operations', toName)
    .addOption(new Option('--scope <scope>', 'what it may do').choices(SCOPES).makeOptionMandatory())
    .option('--expires-in-days <days>', 'when it ends by itself; never by default', toWhole)
    .action(run(create));
  verb('list', 'the keys, without what could be used').action(run(list));
  verb('rotate', 'make a successor; both are taken for a while')
    .argument('<id>', 'as `sluice keys list` shows it')
    .option('--overlap-hours <hours>', 'how long the old one is still taken', toWhole, DEFAULT_OVERLAP_HOURS)
    .action(run(rotate));
  verb('revoke', 'end a key; within a second no API takes it')
    .argument('<id>', 'as `sluice keys list` shows it')
    .action(run(revoke));
}

interface Run {
  file: string;
  json?: boolean;
  terminal: Terminal;
  now: Date;
}

async function create(verbRun: Run, options: { name: string; scope: Scope; expiresInDays?: number }): Promise<void> {
  const { file, now } = verbRun;
  const { name, scope, expiresInDays } = options;
  const expires = expiresInDays === undefined ? {} : { expires_at: later(now, expiresInDays * DAY_MS) };
  const made = await changeKeys(file, (keys) => {
    const one = makeKey({ name, scope, ...expires }, now);
    return [[...keys, one.stored], one];
  });
  showMade(verbRun, made);
}

async function rotate(verbRun: Run, id: string, { overlapHours }: { overlapHours: number }): Promise<void> {
  const { file, now } = verbRun;
  const until = later(now, overlapHours * HOUR_MS);
  const made = await changeKeys(file, (keys) => {
    const old = find(keys, id);
    if (stateOf(old, now.getTime()) !== 'valid') {
      throw new CliFailure(EXIT.problem, `the key ${id} is no longer valid: make one with \`sluice keys create\``);
    }
    const { name, scope, created_at: createdAt, expires_at: expiresAt } = old;
    // The successor lives as long as the old one was meant to.
    const life = expiresAt === undefined ? undefined : Date.parse(expiresAt) - Date.parse(createdAt);
    const one = makeKey({ name, scope, ...(life === undefined ? {} : { expires_at: later(now, life) }) }, now);
    const ending = { ...old, expires_at: expiresAt !== undefined && expiresAt < until ? expiresAt : until };
    return [[...keys.map((key) => (key === old ? ending : key)), one.stored], one];
  });
  showMade(verbRun, made);
  verbRun.terminal.note(`The key ${id} is taken until ${until} at most.`);
}

async function revoke({ file, now, terminal }: Run, id: string): Promise<void> {
  await changeKeys(file, (keys) => {
    const revoked = { ...find(keys, id), revoked_at: find(keys, id).revoked_at ?? now.toISOString() };
    return [keys.map((key) => (key.id === id ? revoked : key)), undefined];
  });
  terminal.note(`The key ${id} is revoked.`);
}

async function list({ file, json, now, terminal }: Run): Promise<void> {
  const keys = await readKeys(file);
  if (json === true) return terminal.raw(JSON.stringify({ keys: keys.map(withoutHash) }));
  const rows = keys.map((key) => [
    ...[key.id, key.name, key.scope, stateOf(key, now.getTime())],
    ...[key.created_at, key.revoked_at ?? key.expires_at ?? 'never'],
  ]);
  const heads = ['key', 'name', 'scope', 'state', 'made', 'ends'];
  terminal.table(
    heads.map((head) => ({ head })),
    rows,
  );
}

function showMade({ json, terminal, file }: Run, { key, stored }: ReturnType<typeof makeKey>): void {
  if (json === true) return terminal.raw(JSON.stringify({ key, ...withoutHash(stored) }));
  terminal.raw(key);
  terminal.note(`The ${stored.scope} key ${stored.id} of ${stored.name} is in ${file}. It is not shown again.`);
}

function withoutHash(key: StoredKey): object {
  return Object.fromEntries(Object.entries(key).filter(([name]) => name !== 'hash'));
}

function find(keys: StoredKey[], id: string): StoredKey {
  const found = keys.find((key) => key.id === id);
  if (!found) throw new CliFailure(EXIT.problem, `there is no key ${id}: \`sluice keys list\` shows which there are`);
  return found;
}

function later(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString();
}

function toName(text: string): string {
  const parsed = keyName.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? '');
  return text;
}

function tell(error: unknown): never {
  if (error instanceof KeyFileError) throw new CliFailure(EXIT.problem, error.message, undefined, { cause: error });
  throw error;
}
