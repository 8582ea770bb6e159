import { parsePartitionWorkflowId, partitionWorkflowId, supervisorWorkflowId } from '../../src/workflows/contract';

describe('workflow ids', () => {
  test('read as what they are', () => {
    expect(supervisorWorkflowId('logs')).toBe('ingest/logs');
    expect(partitionWorkflowId('logs', 3)).toBe('ingest/logs/3');
  });

  test('are undone by their inverse, for every legal topic name', () => {
    for (const topic of ['logs', 'a.b-c_d', '0']) {
      expect(parsePartitionWorkflowId(partitionWorkflowId(topic, 12))).toEqual({ topic, partition: 12 });
    }
  });

  test('of others are not taken for ours', () => {
    for (const id of ['ingest/logs', 'ingest/logs/x', 'other/logs/1', 'ingest/a/b/1']) {
      expect(parsePartitionWorkflowId(id)).toBeUndefined();
    }
  });
});
