import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(__dirname, '..', '..');

/** What the tests look at of a service; the schema looks at the rest. */
export interface Service {
  image: string;
  build?: { context: string; target: string };
  command?: string[];
  user?: string;
  environment?: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  networks?: string[];
  restart?: string;
  container_name?: string;
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string; required?: boolean }>;
  stop_grace_period?: string;
  mem_limit?: string;
  deploy?: { replicas?: string };
}

export interface ComposeFile {
  services: Record<string, Service>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
}

/** docker-compose.yml with its anchors resolved, and before variables are put in. */
export function readCompose(): ComposeFile {
  return parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile;
}

/** The services that do their work and end. */
export const ONE_SHOTS = ['kibana-setup', 'temporal-setup'];
