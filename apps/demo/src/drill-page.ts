import express, { type Router } from 'express';
import type { Drill } from './drill.ts';
import { FAULTS, type FaultName } from './faults.ts';

const SECONDS = 60;
const MAX_SECONDS = 3600;

export interface DrillPageParts {
  readonly drill: Drill;
  /** What those on call were told. */
  readonly messages: () => string;
}

/** The page of the fire drill: begins and ends faults, and shows what the alerts told. */
export function drillPage({ drill, messages }: DrillPageParts): Router {
  const router = express.Router();
  router.get('/', (_request, response) => {
    const rows = Object.entries(FAULTS).map(([name, { rule, about }]) => {
      const isRunning = drill.running.has(name as FaultName);
      const [action, label] = isRunning ? ['stop', 'End it'] : ['start', `Begin, for ${SECONDS} s`];
      return `<tr><td>${name}<td>${about}<td>${rule}<td><form method="post" action="drill/${name}/${action}"><button>${label}</button></form>`;
    });
    response.send(
      `<!doctype html><title>Fire drill</title><h1>Fire drill</h1><p><a href="telltale/#/alerts">Alerts on the dashboard</a>` +
        `<table border="1" cellpadding="6"><tr><th>fault<th>what it does<th>rule that must tell<th>${rows.join('')}</table>` +
        `<h2>Told</h2><pre>${escaped(messages())}</pre>`,
    );
  });
  router.get('/messages', (_request, response) => void response.type('text').send(messages()));
  router.post('/:fault/:action', (request, response) => {
    const { fault, action } = request.params;
    if (!Object.hasOwn(FAULTS, fault)) {
      return void response
        .status(404)
        .type('text')
        .send(`There is no fault "${fault}": ${Object.keys(FAULTS).join(', ')}.`);
    }
    if (action === 'stop') drill.stop(fault as FaultName);
    else drill.start(fault as FaultName, Math.min(MAX_SECONDS, Number(request.query.seconds ?? SECONDS) || SECONDS));
    response.redirect(303, `${request.baseUrl}`);
  });
  return router;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
