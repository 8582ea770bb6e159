import { ConfigError, describeConfig, loadConfig } from '../config';
import { registerCodecs } from '../kafka/codecs';
import { createLogger } from '../logger';
import { Shutdown } from '../shutdown';
import { generate, UnacknowledgedError } from './generate';
import { parseScenarios, UnknownScenarioError } from './scenarios';

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  parseScenarios(config.generator.scenarios);
  const logger = createLogger('generator', config.process.logLevel);
  logger.debug({ config: describeConfig(config) }, 'starting');
  await registerCodecs();
  const stopping = new AbortController();
  const done = generate(config, logger, stopping.signal);
  new Shutdown(logger).onSignal(async () => {
    stopping.abort();
    await done;
  });
  logger.info({ produced: await done }, 'all logs are acknowledged');
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const expected = [ConfigError, UnknownScenarioError, UnacknowledgedError].some((type) => error instanceof type);
    console.error(expected ? (error as Error).message : error);
    process.exit(1);
  },
);
