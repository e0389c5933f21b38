import type { Alert } from '../../alert.ts';
import type { Notification } from '../../notifier.ts';
import { clip, clipLine } from '../clip.ts';
import { webAddress } from './receiver-url.ts';

/** A message has at most 50 blocks (docs.slack.dev/reference/block-kit/blocks): a header, these, and a last one. More than so many nobody reads. */
const MAX_ALERTS = 20;
/** A header has at most 150 characters, a text of a section 3,000 (the same page). Twenty full ones would be a message nobody reads, so less. */
const MAX_HEADER = 150;
const MAX_SECTION = 1500;
const MAX_SUMMARY = 300;
const MAX_DESCRIPTION = 500;
const MAX_LABEL = 100;

const SIGNS: Readonly<Record<Alert['severity'], string>> = { critical: '🔴', error: '🟠', warning: '🟡', info: '🔵' };
const OVER = '✅';

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: false;
}

/** `verbatim`: names of channels and people, and addresses, are not made into links. */
interface Markdown {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Markdown }
  | { readonly type: 'context'; readonly elements: readonly Markdown[] };

interface SlackMessage {
  /** For notifications, and for those who cannot see blocks. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
  readonly link_names: false;
}

/** The body of a message. What alerts hold is text in it: it makes no links, notifies nobody, and looks like no line of ours. */
export function slackMessage(notification: Notification, service: string, link?: string): SlackMessage {
  const { alerts, groupLabels, status, stillFiring, repeated } = notification;
  const names = Object.values(groupLabels).map((value) => clipLine(value, MAX_LABEL));
  const what = names.length > 0 ? names.join(' · ') : (alerts[0]?.rule ?? '');
  const count = alerts.length > 1 ? ` (${alerts.length})` : '';
  const verb = status === 'resolved' ? 'Resolved' : repeated ? 'Still firing' : 'Firing';
  const sign = status === 'resolved' ? OVER : SIGNS[alerts[0]?.severity ?? 'warning'];
  const title = clip(`${sign} ${verb}: ${what}`, MAX_HEADER - count.length) + count;
  const shown = alerts.slice(0, MAX_ALERTS);
  const more = alerts.length - shown.length;
  const notes = [
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(stillFiring > 0 ? [`${stillFiring} told before still ${stillFiring === 1 ? 'fires' : 'fire'}`] : []),
    `told by ${escaped(clipLine(service, MAX_LABEL))}`,
    ...(link === undefined ? [] : [linkText(link, 'more')]),
  ];
  return {
    text: escaped(`${title}: ${clipLine(alerts[0]?.summary ?? '', MAX_SUMMARY)}`),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title, emoji: false } },
      ...shown.map((alert) => ({ type: 'section' as const, text: markdown(sectionOf(alert)) })),
      { type: 'context', elements: [markdown(notes.join(' · '))] },
    ],
    unfurl_links: false,
    unfurl_media: false,
    link_names: false,
  };
}

/** As Slack asks (docs.slack.dev/messaging/formatting-message-text): these three make links and mentions; asterisks and the like make looks, but not between spaces of no width. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\u200b$&\u200b');
}

function sectionOf(alert: Alert): string {
  const { state, severity, summary, description, labels, runbook } = alert;
  const firing = state === 'firing';
  const head = `${firing ? SIGNS[severity] : OVER} *${firing ? severity : 'resolved'}* ${escaped(clipLine(summary, MAX_SUMMARY))}`;
  const address = webAddress(runbook);
  const lines = [
    ...(description === undefined || !firing ? [] : [escaped(clipLine(description, MAX_DESCRIPTION))]),
    ...(address === undefined || !firing ? [] : [linkText(address, 'runbook')]),
    ...Object.entries(labels)
      .filter(([name]) => name !== 'severity')
      .map(([name, value]) => escaped(`${clipLine(name, MAX_LABEL)}: ${clipLine(value, MAX_LABEL)}`)),
  ];
  let section = head;
  // Whole lines, so that no entity or link is cut; the first, with 300 characters of five or fewer each, always fits.
  for (const [i, line] of lines.entries()) {
    const longer = `${section}\n${line}`;
    const left = lines.length - i;
    if (longer.length > MAX_SECTION) return `${section}\n… ${left} more`;
    section = longer;
  }
  return section;
}

function markdown(text: string): Markdown {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** An address cannot hold what ends the link. */
function linkText(href: string, text: string): string {
  const target = href.replaceAll('&', '&amp;').replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('|', '%7C');
  return `<${target}|${text}>`;
}
