/** The kernel of plain logs, in AssemblyScript: `npm run build:kernel` compiles it (docs/decisions/041). */
export * from './layout';
export { scan, responseTime, errorCodeAt, errorCodeLength } from './scan';
export { firstHit, nextHit } from './triggers';
export { append } from './write';
