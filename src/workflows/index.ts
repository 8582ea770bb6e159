export { ingestPartition } from './partition-pipeline';
export { auditTopic } from './audit';
export { redriveLetters } from './redrive';
export { superviseTopic } from './supervisor';
