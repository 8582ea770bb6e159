/** The servers: each is killed, frozen and restarted, and each worker has a link to it, through a proxy. */
const SERVERS = ['kafka', 'elasticsearch', 'temporal'] as const;
export type ServerName = (typeof SERVERS)[number];
export type Link = ServerName;

const PROCESS_ACTIONS = ['kill', 'freeze', 'restart'] as const;
const LINK_ACTIONS = ['delay', 'reset', 'throttle', 'black_hole', 'drop_response'] as const;
const STATUSES = [401, 403, 429, 503] as const;

/** What a link does to the bytes that pass it. */
export type LinkFault =
  | { action: 'delay'; ms: number }
  | { action: 'throttle'; bytesPerSecond: number }
  /** Every connection is reset, and so is every new one. */
  | { action: 'reset' }
  /** Nothing passes and nobody is told; what was held arrives when the fault ends. */
  | { action: 'black_hole'; holds: 'both' | 'responses' }
  /** Requests arrive and are processed; the connection breaks in place of the answer. */
  | { action: 'drop_response' };

/** What is answered in Elasticsearch's stead. */
export type HttpFault =
  | { action: 'answer'; status: (typeof STATUSES)[number] }
  /** A share of the items of each bulk request is refused, the others reach the node. */
  | { action: 'refuse_items'; share: number };

/** One fault; `worker` is the number of the worker struck, or whose link it is. */
export type Fault =
  | { on: 'worker'; action: (typeof PROCESS_ACTIONS)[number]; worker: number }
  | { on: 'server'; server: ServerName; action: (typeof PROCESS_ACTIONS)[number] }
  | { on: 'database' }
  | { on: 'link'; link: Link; worker: number; fault: LinkFault }
  | { on: 'http'; worker: number; fault: HttpFault };

/** A kind of fault as reports name it: all of them come up over a few seeds. */
export const FAULT_KINDS = [
  ...(['worker', ...SERVERS] as const).flatMap((process) =>
    PROCESS_ACTIONS.map((action) => `${action} ${process}` as const),
  ),
  'delete temporal database' as const,
  ...SERVERS.flatMap((link) => LINK_ACTIONS.map((action) => `${action} ${link}` as const)),
  ...STATUSES.map((status) => `answer ${status}` as const),
  'refuse items' as const,
];
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a fault occupies: two faults on the same thing come one after the other. */
export function occupies(fault: Fault): string {
  switch (fault.on) {
    case 'worker':
      return `worker ${fault.worker}`;
    case 'server':
      return fault.server;
    case 'database':
      return 'temporal';
    case 'link':
      return `link ${fault.link} ${fault.worker}`;
    case 'http':
      return `http ${fault.worker}`;
  }
}

/** The kind of a fault. */
export function kindOf(fault: Fault): FaultKind {
  switch (fault.on) {
    case 'worker':
      return `${fault.action} worker`;
    case 'server':
      return `${fault.action} ${fault.server}`;
    case 'database':
      return 'delete temporal database';
    case 'link':
      return `${fault.fault.action} ${fault.link}`;
    case 'http':
      return fault.fault.action === 'answer' ? `answer ${fault.fault.status}` : 'refuse items';
  }
}
