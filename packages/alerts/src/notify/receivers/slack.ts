import type { Notifier } from '../../notifier.ts';
import { checkNotifierOptions, type NotifierOptions, notifierOf } from '../check-notifiers.ts';
import { ReceiverHttp } from './receiver-http.ts';
import { linkOf, receiverUrl } from './receiver-url.ts';
import { slackMessage } from './slack-message.ts';
import { checkWhenUnknown } from './webhook.ts';

/** "Posting messages: 1 per second" (docs.slack.dev/apis/web-api/rate-limits). */
const MESSAGES_PER_SECOND = 1;

export interface SlackOptions extends NotifierOptions {
  /** The incoming webhook: Slack's app settings, "Incoming Webhooks". It is a credential. */
  readonly url: string;
  /** A page that shows more: the dashboard's. */
  readonly link?: string;
  /** What becomes of a message that was sent when the connection died: given up (default), or sent again, and perhaps there twice. */
  readonly whenUnknown?: 'again' | 'give-up';
  /** PEM of authorities to trust besides Node's. */
  readonly ca?: string;
}

/** Posts to a channel of Slack, or of what takes Slack's incoming webhooks. Throws `ERR_OPTION` for options that cannot be. */
export function slack(options: SlackOptions): Notifier {
  checkNotifierOptions('slack', options, ['url', 'link', 'whenUnknown', 'ca']);
  const url = receiverUrl('slack.url', options.url, { what: 'the address of an incoming webhook', secret: true });
  checkWhenUnknown('slack', options.whenUnknown);
  const link = linkOf('slack.link', options.link);
  const http = new ReceiverHttp({ urls: [url], ca: options.ca });
  return notifierOf('slack', options, {
    name: 'slack',
    idempotent: options.whenUnknown === 'again',
    rateLimit: MESSAGES_PER_SECOND,
    async send(notification, context) {
      const service = String(context.resource.attributes['service.name'] ?? '');
      const answer = await http.post(url, JSON.stringify(slackMessage(notification, service, link)), context, {
        credentials: 'check `url`, the incoming webhook',
        mendedOutside: ({ body }) => body.toString('utf8').trim() === 'invalid_token',
      });
      if (answer.body.toString('utf8', 0, 200).trimStart().startsWith('<')) throw http.notTheReceiver(answer, '"ok"');
    },
    close: () => http.close(),
  });
}
