export { ingestPartition } from './partition-pipeline';
export { superviseTopic } from './supervisor';
