/** A log4j2 configuration that writes to standard output only: whoever starts the process owns its log file. */
export function consoleLogging(level: 'warn' | 'info', quieter: Record<string, 'error'> = {}): string {
  const lines = [
    'status = error',
    'appender.console.type = Console',
    'appender.console.name = console',
    'appender.console.layout.type = PatternLayout',
    'appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n',
    `rootLogger.level = ${level}`,
    'rootLogger.appenderRef.console.ref = console',
  ];
  Object.entries(quieter).forEach(([logger, loggerLevel], index) => {
    lines.push(`logger.quiet${index}.name = ${logger}`, `logger.quiet${index}.level = ${loggerLevel}`);
  });
  return `${lines.join('\n')}\n`;
}
