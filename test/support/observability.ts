import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../local/project';

export const OBSERVABILITY = join(projectRoot(), 'observability');

export interface AlertRule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

export interface Panel {
  title: string;
  type: string;
  datasource?: { uid: string };
  targets?: { expr: string; datasource: { uid: string } }[];
  gridPos: { x: number; y: number; w: number; h: number };
}

export interface Dashboard {
  panels: Panel[];
  templating: { list: { name: string; query: { query: string } }[] };
}

export function readText(...path: string[]): string {
  return readFileSync(join(OBSERVABILITY, ...path), 'utf8');
}

export function readAlerts(): AlertRule[] {
  const { groups } = parse(readText('prometheus', 'alerts.yml')) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export function readDashboard(): Dashboard {
  return JSON.parse(readText('grafana', 'sluice.json')) as Dashboard;
}

/** The queries of every panel, with what Grafana puts in. */
export function panelQueries(topic: string): { panel: string; expr: string }[] {
  return readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expr: expr.replaceAll('$topic', topic).replaceAll('$__rate_interval', '1m'),
    })),
  );
}

/** Names of the metrics in a query; `up` is Prometheus's own. */
export function metricsIn(expr: string): string[] {
  const bare = expr.replace(/"[^"]*"/g, '').replace(/\b(by|on|without)\s*\([^)]*\)/g, '');
  const names = bare.match(/\b(?:(?:sluice|temporal|nodejs|process)_\w+|up)\b/g) ?? [];
  return [...new Set(names)];
}
