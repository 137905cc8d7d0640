import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { NoSession, Session } from './session';

const tokenOf = (sub: string, nonce = 0) => `h.${btoa(JSON.stringify({ sub, nonce }))}.s`;
const json = (status: number, body: object) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' },
  });
const granted = (sub: string, nonce = 0) => json(200, { access_token: tokenOf(sub, nonce), token_type: 'Bearer', expires_in: 3600 });
const CREDENTIALS = { email: 'ada@example.com', password: 'correct horse battery' };

describe('a session', () => {
  const answer = vi.fn<(path: string, init: RequestInit) => Promise<Response>>();
  let session: Session;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    vi.stubGlobal('BroadcastChannel', undefined);
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('fetch', answer);
    session = new Session();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    answer.mockReset();
  });

  it('is restored by the cookie', async () => {
    answer.mockResolvedValueOnce(granted('ada'));
    await session.restore();
    expect(session.state()).toEqual({ status: 'signed-in', userId: 'ada' });
    expect(answer.mock.calls[0]![0]).toBe('/api/v1/users/refresh');
  });

  it('is none where the server knows none', async () => {
    answer.mockResolvedValueOnce(json(404, {}));
    await session.restore();
    expect(session.state()).toEqual({ status: 'signed-out' });
  });

  it('is not asked for where nobody has signed in', async () => {
    const isSignedIn = vi.fn();
    session = new Session({ read: () => false, write: isSignedIn });
    await session.restore();
    expect(session.state()).toEqual({ status: 'signed-out' });
    expect(answer).not.toHaveBeenCalled();
    answer.mockResolvedValueOnce(granted('ada'));
    await session.signIn(CREDENTIALS);
    expect(isSignedIn).toHaveBeenLastCalledWith(true);
  });

  it('ends with its account, whether the deletion or a refusal is heard of first', async () => {
    answer.mockResolvedValueOnce(granted('ada'));
    await session.signIn(CREDENTIALS);
    let finish!: (isDone: boolean) => void;
    const deletion = session.deleteAccount(() => new Promise((done) => (finish = done)));
    answer.mockResolvedValueOnce(json(401, {}));
    await expect(session.refused(tokenOf('ada'))).rejects.toThrow(NoSession);
    expect(session.state()).toEqual({ status: 'signed-out', reason: 'deleted' });
    finish(true);
    await deletion;
    expect(session.state()).toEqual({ status: 'signed-out', reason: 'deleted' });
  });

  it('has ended with its account, although a refusal comes only then', async () => {
    answer.mockResolvedValueOnce(granted('ada'));
    await session.signIn(CREDENTIALS);
    let refuse!: (answer: Response) => void;
    answer.mockReturnValueOnce(new Promise((resolve) => (refuse = resolve)));
    const refused = session.refused(tokenOf('ada'));
    await session.deleteAccount(() => Promise.resolve(true));
    refuse(json(401, {}));
    await refused;
    expect(session.state()).toEqual({ status: 'signed-out', reason: 'deleted' });
    answer.mockResolvedValueOnce(json(401, {}));
    await expect(session.token()).rejects.toBeInstanceOf(NoSession);
  });

  it('is not ended by a refusal of the one before', async () => {
    answer.mockResolvedValueOnce(granted('ada'));
    await session.signIn(CREDENTIALS);
    let refuse!: (answer: Response) => void;
    answer.mockReturnValueOnce(new Promise((resolve) => (refuse = resolve)));
    const refused = session.refused(tokenOf('ada'));
    answer.mockResolvedValueOnce(granted('grace'));
    await session.signIn(CREDENTIALS);
    refuse(json(401, {}));
    await refused;
    expect(session.state()).toEqual({ status: 'signed-in', userId: 'grace' });
    expect(await session.token()).toBe(tokenOf('grace'));
  });

  it('goes on where its account could not be deleted', async () => {
    answer.mockResolvedValueOnce(granted('ada'));
    await session.signIn(CREDENTIALS);
    await session.deleteAccount(() => Promise.resolve(false));
    expect(session.state()).toEqual({ status: 'signed-in', userId: 'ada' });
    answer.mockResolvedValueOnce(json(401, {}));
    await expect(session.refused(tokenOf('ada'))).rejects.toThrow(NoSession);
    expect(session.state()).toEqual({ status: 'signed-out', reason: 'expired' });
  });

  it('is not given up because the server is away', async () => {
    answer.mockRejectedValueOnce(new TypeError('network'));
    await session.restore();
    expect(session.state()).toEqual({ status: 'unreachable' });
    answer.mockResolvedValueOnce(granted('ada'));
    session.wake();
    await vi.waitFor(() => expect(session.state()).toEqual({ status: 'signed-in', userId: 'ada' }));
  });

  it('is renewed before its token ends, and tells so', async () => {
    answer.mockResolvedValueOnce(granted('ada', 1));
    await session.signIn(CREDENTIALS);
    const renewed = vi.fn();
    session.onRenewed(renewed);
    answer.mockResolvedValueOnce(granted('ada', 2));
    await vi.advanceTimersByTimeAsync(55 * 60_000);
    await vi.waitFor(() => expect(renewed).toHaveBeenCalledTimes(1));
    expect(await session.token()).toBe(tokenOf('ada', 2));
  });

  it('lasts as long as its token where there is nothing to renew it with', async () => {
    answer.mockResolvedValueOnce(granted('ada'));
    await session.signIn(CREDENTIALS);
    answer.mockImplementation(() => Promise.resolve(json(404, {})));
    await vi.advanceTimersByTimeAsync(59 * 60_000);
    expect(session.state()).toEqual({ status: 'signed-in', userId: 'ada' });
    await vi.advanceTimersByTimeAsync(61_000);
    await vi.waitFor(() => expect(session.state()).toEqual({ status: 'signed-out', reason: 'expired' }));
    await expect(session.token()).rejects.toBeInstanceOf(NoSession);
  });

  it('renews once for all who ask at the same time', async () => {
    answer.mockResolvedValueOnce(granted('ada', 1));
    await session.signIn(CREDENTIALS);
    answer.mockResolvedValueOnce(granted('ada', 2));
    const old = await session.token();
    await Promise.all([session.refused(old), session.refused(old), session.refused(old)]);
    await session.refused(old);
    expect(answer).toHaveBeenCalledTimes(2);
  });

  it('asks once more, with a newer token, where one is refused', async () => {
    answer.mockResolvedValueOnce(granted('ada', 1));
    await session.signIn(CREDENTIALS);
    answer.mockResolvedValueOnce(json(401, { type: '/problems/unauthenticated' }));
    answer.mockResolvedValueOnce(granted('ada', 2));
    answer.mockResolvedValueOnce(json(200, { sessions: [] }));
    expect(await session.request('GET', '/api/v1/users/sessions')).toEqual({ sessions: [] });
    const last = answer.mock.calls.at(-1)![1];
    expect(last.headers).toMatchObject({ Authorization: `Bearer ${tokenOf('ada', 2)}` });
  });

  it('does not ask without end, nor again for what else is refused', async () => {
    answer.mockResolvedValueOnce(granted('ada', 1));
    await session.signIn(CREDENTIALS);
    answer.mockResolvedValueOnce(json(403, {}));
    await expect(session.request('DELETE', '/x')).rejects.toMatchObject({ status: 403 });
    answer.mockResolvedValueOnce(json(401, {}));
    answer.mockResolvedValueOnce(granted('ada', 2));
    answer.mockResolvedValueOnce(json(401, {}));
    await expect(session.request('DELETE', '/x')).rejects.toMatchObject({ status: 401 });
    expect(answer).toHaveBeenCalledTimes(5);
  });

  it('does without what the server does not know', async () => {
    answer.mockResolvedValueOnce(json(400, { type: '/problems/validation', errors: [{ field: 'session', detail: 'is not known' }] }));
    answer.mockResolvedValueOnce(granted('ada'));
    await session.signIn(CREDENTIALS);
    expect(session.state()).toEqual({ status: 'signed-in', userId: 'ada' });
    expect(JSON.parse(answer.mock.calls[1]![1].body as string)).toEqual(CREDENTIALS);
  });
});
