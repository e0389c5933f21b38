import { isLoopbackHost, messageOf, TelemetryError } from '@telltale/core';
import { Command, Option } from 'commander';
import { startSidecar } from '../sidecar.ts';
import { type Flags, optionsOf } from './options-of.ts';
import { SWITCHES, withSwitches } from './switches.ts';
import { atLeastOne, header, port, seconds, url, urls } from './values.ts';

const AFTER = `
Any service, in any language:
  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf <your service>

Each option can be set in the environment, as shown; there secrets do not show in the list of processes.`;

/** The command \`telltale-sidecar\`. */
export function createProgram(): Command {
  return new Command('telltale-sidecar')
    .description(
      'Takes OpenTelemetry (OTLP over HTTP) from any number of services, shows them on one page, serves one /metrics, tells of alerts, and sends it on.',
    )
    .addOption(
      option('HOST', '--host <address>', 'to listen on; others than loopback ask for tokens').default('127.0.0.1'),
    )
    .addOption(option('PORT', '--port <n>', '0 takes a free one').argParser(port).default(4318))
    .addOption(
      option(
        'INTAKE_TOKEN',
        '--intake-token <token>',
        'that services and readers of /metrics must send as Authorization: Bearer',
      ),
    )
    .addOption(
      new Option('--token <token>', 'that the page asks for, but from this machine; default a random one').env(
        'TELLTALE_DASHBOARD_TOKEN',
      ),
    )
    .addOption(option('TITLE', '--title <text>', 'of the page'))
    .option('--no-prometheus', `do not serve /metrics (env: ${SWITCHES.prometheus}=false)`)
    .option('--no-dashboard', `do not serve the page (env: ${SWITCHES.dashboard}=false)`)
    .optionsGroup('Sending on:')
    .addOption(
      option(
        'FORWARD',
        '--forward <urls>',
        'where OTLP over HTTP goes on to, several with commas: http://collector:4318',
      ).argParser(urls),
    )
    .addOption(
      option(
        'FORWARD_HEADERS',
        '--forward-header <name=value...>',
        'sent along; in the environment several with commas',
      ).argParser(header),
    )
    .addOption(
      option('FORWARD_TEMPORALITY', '--forward-temporality <kind>', 'of counters and histograms').choices([
        'cumulative',
        'delta',
      ]),
    )
    .addOption(
      option('FORWARD_INTERVAL', '--forward-interval <seconds>', 'between exports of metrics').argParser(seconds),
    )
    .optionsGroup('Alerts:')
    .option('--no-alerts', `evaluate no rules (env: ${SWITCHES.alerts}=false)`)
    .addOption(
      option(
        'RULES',
        '--rules <file>',
        'JSON: an array of rules, added to the default ones; one of the same name replaces it',
      ),
    )
    .option('--no-default-rules', `only those of --rules (env: ${SWITCHES.defaultRules}=false)`)
    .addOption(option('ALERTS_WEBHOOK', '--alerts-webhook <url>', 'told of alerts as JSON').argParser(url))
    .addOption(option('ALERTS_SLACK', '--alerts-slack <url>', 'an incoming webhook of Slack').argParser(url))
    .addOption(
      option('ALERTS_PAGERDUTY', '--alerts-pagerduty <key>', 'an integration key of PagerDuty (Events API v2)'),
    )
    .addOption(
      option(
        'ALERTS_ALERTMANAGER',
        '--alerts-alertmanager <urls>',
        'of Prometheus, all of a cluster with commas',
      ).argParser(urls),
    )
    .option('--alerts-log', `write alerts to stderr (env: ${SWITCHES.alertsLog}=true)`)
    .optionsGroup('Limits:')
    .addOption(option('MAX_SERIES', '--max-series <n>', 'of all services (default 50000)').argParser(atLeastOne))
    .addOption(
      option(
        'MAX_SERIES_PER_SERVICE',
        '--max-series-per-service <n>',
        'of all instances of one (default 20000)',
      ).argParser(atLeastOne),
    )
    .addOption(option('MAX_INSTANCES', '--max-instances <n>', 'of services (default 1000)').argParser(atLeastOne))
    .addOption(
      option(
        'EXPIRE_AFTER',
        '--expire-after <seconds>',
        'without data, after which an instance is forgotten (default 300)',
      ).argParser(seconds),
    )
    .helpOption('-h, --help', 'show this')
    .addHelpText('after', AFTER)
    .action(async (flags: Flags, command: Command) => {
      try {
        await run(withSwitches(flags, command));
      } catch (error) {
        if (!(error instanceof TelemetryError)) throw error;
        command.error(`error: ${error.message}`);
      }
    });
}

async function run(flags: Flags): Promise<void> {
  const options = await optionsOf(flags);
  const sidecar = await startSidecar({ ...options, onError: (error) => process.stderr.write(`${messageOf(error)}\n`) });
  const { url = '' } = sidecar;
  const lines = [
    `Telltale takes OTLP over HTTP at ${url} (/v1/traces, /v1/metrics, /v1/logs).`,
    ...(options.dashboard === false
      ? []
      : [`The page is ${url}/${isLoopbackHost(flags.host) ? '' : ' (it asks for its token)'}`]),
    ...(options.prometheus === false ? [] : [`Prometheus reads ${url}/metrics`]),
    `Health is at ${url}/health`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** An option that the environment has, too. */
function option(name: string, flags: string, description: string): Option {
  return new Option(flags, description).env(`TELLTALE_SIDECAR_${name}`);
}
