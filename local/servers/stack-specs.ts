import { join } from 'node:path';
import { programsIn } from '../fetch/programs';
import type { StackSettings } from '../stack-settings';
import { elasticsearchSpec } from './elasticsearch';
import { kafkaSpec } from './kafka';
import type { ProcessSpec } from './process-spec';
import { apiSpec, generatorSpec, workerSpecs } from './sluice';
import { temporalSpec } from './temporal';

/** All processes of the stack, in groups by the order of starting. */
export function stackSpecs(settings: StackSettings, javaHome: string): ProcessSpec[][] {
  const programs = programsIn(settings.localFolder);
  const dataFolder = (name: string) => join(settings.dataFolder, name);
  const servers = [
    kafkaSpec({
      lib: programs.kafkaLib,
      javaHome,
      dataFolder: dataFolder('kafka'),
      port: settings.SLUICE_KAFKA_PORT,
      controllerPort: settings.SLUICE_KAFKA_CONTROLLER_PORT,
      heapMb: settings.SLUICE_KAFKA_HEAP_MB,
    }),
    temporalSpec({
      cli: programs.temporalCli,
      dataFolder: dataFolder('temporal'),
      port: settings.SLUICE_TEMPORAL_PORT,
      uiPort: settings.SLUICE_TEMPORAL_UI_PORT,
    }),
    elasticsearchSpec({
      home: programs.elasticsearchHome,
      javaHome,
      dataFolder: dataFolder('elasticsearch'),
      port: settings.SLUICE_ELASTICSEARCH_PORT,
      transportPort: settings.SLUICE_ELASTICSEARCH_TRANSPORT_PORT,
      heapMb: settings.SLUICE_ELASTICSEARCH_HEAP_MB,
    }),
  ];
  const { childEnv } = settings;
  const service = [...workerSpecs(childEnv, settings.SLUICE_WORKERS), apiSpec(childEnv, settings.API_PORT)];
  const source = settings.SLUICE_GENERATOR === 'on' ? [generatorSpec(childEnv)] : [];
  return [servers, service, source];
}
