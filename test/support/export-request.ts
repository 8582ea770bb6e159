/** An OpenTelemetry export request with these log records, all of one scope. */
export function exportRequest(logRecords: unknown[], service = 'shop'): object {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'cart' }, logRecords }] }] };
}

/** A log record that is taken. */
export function otlpRecord(message: string, severityText = 'INFO'): object {
  return { timeUnixNano: '1795521598123000000', severityText, body: { stringValue: message } };
}

/** A log record that is refused: nested too deep. */
export function badRecord(): object {
  let body: object = { stringValue: 'deep' };
  for (let depth = 0; depth < 20; depth += 1) body = { kvlistValue: { values: [{ key: 'k', value: body }] } };
  return { severityText: 'INFO', body };
}
