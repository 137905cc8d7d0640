export interface FieldError {
  field: string;
  detail: string;
}

/** What the API says about a request that failed: a problem document (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    readonly title: string,
    readonly detail: string,
    readonly fields: readonly FieldError[] = [],
  ) {
    super(title);
  }
}

/** No answer came: the way to the server is gone, or the server is. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The server could not be reached.', { cause });
  }
}

interface ProblemDocument {
  type?: string;
  title?: string;
  detail?: string;
  errors?: FieldError[];
}

async function problemOf(response: Response): Promise<Problem> {
  const isProblem = response.headers.get('Content-Type')?.startsWith('application/problem+json') ?? false;
  const { type = 'about:blank', title, detail = '', errors = [] } = isProblem ? ((await response.json()) as ProblemDocument) : {};
  return new Problem(response.status, type, title ?? `The server answered ${response.status}.`, detail, errors);
}

/** Asks the REST API; gives the answer, or nothing where there is none. */
export async function request<Answer = undefined>(method: string, path: string, body?: object, token?: string): Promise<Answer> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  const init: RequestInit = { method, headers, credentials: 'same-origin', ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(path, init).catch((error: unknown) => {
    throw new Unreachable(error);
  });
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as Answer;
}
