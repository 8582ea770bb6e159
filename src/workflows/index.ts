export { ingestPartition } from './partition-pipeline';
export { auditTopic } from './audit';
export { redriveLetters } from './redrive';
export { replayTopic } from './replay';
export { exportLogs } from './export';
export { keepRetention } from './retention';
export { superviseTopic } from './supervisor';
