import { join } from 'node:path';
import { VERSIONS } from '../versions';

/** Where everything that was fetched lies. The version is part of each path: an upgrade fetches beside the old one. */
export interface Programs {
  kafkaLib: string;
  elasticsearchHome: string;
  temporalCli: string;
  temporalTestServer: string;
}

/** The paths under the local folder, whether fetched already or not. */
export function programsIn(localFolder: string): Programs {
  const servers = join(localFolder, 'servers');
  return {
    kafkaLib: join(servers, `kafka-${VERSIONS.kafka}`, 'lib'),
    elasticsearchHome: join(servers, `elasticsearch-${VERSIONS.elasticsearch}`),
    temporalCli: join(servers, `temporal-cli-${VERSIONS.temporalCli}`, 'temporal'),
    temporalTestServer: join(servers, `temporal-test-server-${VERSIONS.temporalTestServer}`, 'temporal-test-server'),
  };
}
