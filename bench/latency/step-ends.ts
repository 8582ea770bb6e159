import type { ReceivedSpan } from '../../test/support/trace-collector';
import type { StepEnd } from './stages';

const STEPS = { poll: 'pull', score: 'score', index: 'index' } as const;

/** The ends of the steps that spans tell of; a step that failed has none. */
export function stepEndsOf(spans: ReceivedSpan[]): StepEnd[] {
  return spans.flatMap(({ name, attributes, endTimeUnixNano }) => {
    const step = STEPS[name.split(' ')[0] as keyof typeof STEPS];
    if (step === undefined || attributes['error.type'] !== undefined) return [];
    const number = (attribute: string) => Number(attributes[attribute]);
    return {
      step,
      partition: number('messaging.destination.partition.id'),
      from: number('sluice.batch.from'),
      to: number('sluice.batch.to'),
      at: Number(endTimeUnixNano) / 1e6,
    };
  });
}
