import { Problem, Unreachable } from '../session/rest';
import type { Session } from '../session/session';

const NEXT = /<([^>]+)>;\s*rel="next"/;

/** All pages of a table as one, with its heading once. */
export async function wholeCsv(path: string, session: Pick<Session, 'authorized'>): Promise<string> {
  let url: URL | undefined = new URL(path, location.origin);
  let text = '';
  while (url) {
    const response: Response = await session.authorized(pageAt.bind(undefined, url));
    const page = await response.text();
    text += text ? page.slice(page.indexOf('\n') + 1) : page;
    const next: string | undefined = NEXT.exec(response.headers.get('Link') ?? '')?.[1];
    url = next === undefined ? undefined : new URL(next, url);
  }
  return text;
}

async function pageAt(url: URL, token: string): Promise<Response> {
  const headers = { Accept: 'text/csv', Authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers }).catch((error: unknown) => {
    throw new Unreachable(error);
  });
  if (!response.ok) throw new Problem(response.status, 'about:blank', 'The table could not be had', `The server answered ${response.status}.`);
  return response;
}

export function offerFile(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
