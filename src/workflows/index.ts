export { ingestPartition } from './partition-pipeline';
export { auditTopic } from './audit';
export { superviseTopic } from './supervisor';
