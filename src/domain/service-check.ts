/** A request through a Service that a new version has to answer once it has taken over. */
export interface ServiceCheck {
  /** Its name. */
  service: string;
  /** By number or name; null: its only one. */
  port: number | string | null;
  scheme: 'http' | 'https';
  /** null: it is enough that somebody accepts the connection. */
  path: string | null;
  /** null: any from 200 to 399. */
  status: number | null;
  /** How long it may take until it passes. */
  withinMs: number;
}

export type ServiceAnswer =
  /** Of a program behind the Service; `status` null: it does not speak HTTP. */
  | { by: 'program'; status: number | null; text: string }
  /** Nobody listens, or not in time. */
  | { by: 'nobody'; text: string }
  /** Nobody was asked: no such Service or port, or a right is missing. */
  | { by: 'cluster'; text: string };

export interface CheckVerdict {
  hasPassed: boolean;
  /** One line. */
  text: string;
}

export function judgeCheck(check: ServiceCheck, answer: ServiceAnswer): CheckVerdict {
  const head = checkText(check);
  if (answer.by === 'cluster') return { hasPassed: false, text: `${head}: cannot be asked: ${answer.text}` };
  if (answer.by === 'nobody') return { hasPassed: false, text: `${head}: nobody answers: ${answer.text}` };
  if (check.path === null) return { hasPassed: true, text: `${head}: accepted` };
  const { status, text } = answer;
  if (status === null) return { hasPassed: false, text: `${head}: the answer is no HTTP: ${text}` };
  const wanted = check.status ?? '200 to 399';
  const hasPassed = check.status === null ? status >= 200 && status < 400 : status === check.status;
  if (hasPassed) return { hasPassed, text: `${head}: ${status}` };
  return { hasPassed, text: `${head}: ${status}${text === '' ? '' : ` (${text})`}, wanted: ${wanted}` };
}

/** `service/cart, GET :80/health` */
function checkText({ service, port, path }: ServiceCheck): string {
  const at = port === null ? '' : `:${port}`;
  return `service/${service}, ${path === null ? `connection${at === '' ? '' : ` to ${at}`}` : `GET ${at}${path}`}`;
}
