import { createLogger } from '../src/logger';

describe('createLogger', () => {
  test('carries its name and level', () => {
    const logger = createLogger('worker', 'warn');
    expect(logger.level).toBe('warn');
    expect(logger.bindings()).toMatchObject({ name: 'worker' });
  });

  test('an unknown level is refused', () => {
    expect(() => createLogger('worker', 'loud')).toThrow();
  });
});
