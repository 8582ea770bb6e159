import { parse } from 'yaml';
import { metricsIn, readAlerts, readDashboard, readText } from '../support/observability';

const alerts = readAlerts();
const dashboard = readDashboard();

describe('the alert rules', () => {
  test.each(alerts.map((rule) => [rule.alert, rule] as const))(
    '%s says how bad it is and what to do',
    (_name, rule) => {
      expect(['warning', 'critical']).toContain(rule.labels.severity);
      expect(rule.annotations.summary.length).toBeGreaterThan(10);
      expect(rule.annotations.description.length).toBeGreaterThan(30);
      expect(metricsIn(rule.expr)).not.toEqual([]);
    },
  );

  test('all fire in a test of promtool, and all are silent in the one where all is well', () => {
    const { tests } = parse(readText('prometheus', 'alerts.test.yml')) as {
      tests: { alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[]; promql_expr_test?: unknown }[];
    };
    const [well, ...trouble] = tests;
    const names = alerts.map(({ alert }) => alert).sort();
    expect(
      well!
        .alert_rule_test!.filter((one) => one.exp_alerts === undefined)
        .map((one) => one.alertname)
        .sort(),
    ).toEqual(names);
    const firing = new Set([
      ...trouble.flatMap(({ alert_rule_test: all = [] }) =>
        all.filter((one) => one.exp_alerts).map((one) => one.alertname),
      ),
      ...[...JSON.stringify(trouble.map((one) => one.promql_expr_test)).matchAll(/\{alertname=\\"(\w+)\\"/g)].map(
        ([, name]) => name!,
      ),
    ]);
    expect(names.filter((name) => !firing.has(name))).toEqual([]);
  });

  test('are explained in docs/observability.md', () => {
    const text = readText('..', 'docs', 'observability.md');
    expect(alerts.map(({ alert }) => alert).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the dashboard', () => {
  const { uid } = (parse(readText('grafana', 'datasource.yml')) as { datasources: { uid: string }[] }).datasources[0]!;
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  test.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s asks the data source that is set up',
    (_title, panel) => {
      expect(panel.datasource?.uid).toBe(uid);
      expect(panel.targets!.length).toBeGreaterThan(0);
      for (const target of panel.targets!) {
        expect(target.datasource.uid).toBe(uid);
        expect(metricsIn(target.expr)).not.toEqual([]);
      }
    },
  );

  test('has panels that lie beside and not over each other', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});

describe('metricsIn', () => {
  it('finds names and neither labels nor functions', () => {
    const expr = 'sum by (le, sluice_x) (rate(sluice_a_bucket{job=~"sluice-.*"}[5m])) unless on (topic) up == 1';
    expect(metricsIn(expr)).toEqual(['sluice_a_bucket', 'up']);
  });
});
