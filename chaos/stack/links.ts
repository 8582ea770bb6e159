import type { PrivateServers } from '../../local/private-servers/private-servers';
import { createDice } from '../plan/dice';
import type { Link } from '../plan/faults';
import { HttpProxy } from '../proxy/http-proxy';
import { LinkProxy } from '../proxy/link-proxy';

/** The links of one worker to the three servers. */
export interface WorkerLinks {
  links: Record<Link, LinkProxy>;
  http: HttpProxy;
  /** Ports that the worker is told. */
  ports: Record<Link, number>;
}

/**
 * Opens the links of one worker: a TCP proxy to each server, and between the one to Elasticsearch and the node an HTTP
 * proxy.
 */
export async function openLinks(servers: PrivateServers, worker: number, seed: number): Promise<WorkerLinks> {
  const listener = servers.kafkaProxied[worker];
  if (!listener) throw new Error(`these servers have no link for worker ${worker}`);
  const dice = createDice(seed, 21 + worker);
  const http = new HttpProxy(servers.ports.elasticsearch, (probability) => dice.chance(probability));
  const links = {
    kafka: new LinkProxy(listener.port),
    elasticsearch: new LinkProxy(await http.listen()),
    temporal: new LinkProxy(servers.ports.temporal),
  };
  const ports = {
    kafka: await links.kafka.listen(listener.advertisedPort),
    elasticsearch: await links.elasticsearch.listen(),
    temporal: await links.temporal.listen(),
  };
  return { links, http, ports };
}

export async function closeLinks({ links, http }: WorkerLinks): Promise<void> {
  await Promise.all([...Object.values(links).map((link) => link.close()), http.close()]);
}
