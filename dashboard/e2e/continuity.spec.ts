import { FragileProxy } from './support/fragile-proxy';
import { connection, expect, isLive, register, signIn, somebody, test } from './support/test';
import { lastTick, nothingIsMissing, showContinuity, ticksAfter, ticksGoBy } from './support/ticks';
import { signedInBriefly } from './support/tokens';

test('no tick is missing after the socket was cut', async ({ page, request, baseURL }) => {
  const proxy = new FragileProxy(new URL(baseURL!));
  const base = await proxy.listen();
  try {
    const ada = somebody();
    await register(request, ada);
    await signIn(page, ada, base);
    await showContinuity(page);
    const before = await lastTick(page);
    await ticksAfter(page, before, 2);

    proxy.cut();
    await expect(connection(page)).toHaveAttribute('data-connection', 'reconnecting');
    // Two ticks go by that can't come.
    const cut = await ticksGoBy(2);
    proxy.mend();

    await isLive(page);
    await ticksAfter(page, cut, 4);
    await nothingIsMissing(page);
  } finally {
    proxy.close();
  }
});

test('a connection that was cut until its token had ended comes back with another, and no tick is missing', async ({ page, request, baseURL }) => {
  const proxy = new FragileProxy(new URL(baseURL!));
  const base = await proxy.listen();
  try {
    const ada = somebody();
    await register(request, ada);
    await signedInBriefly(page, 8);
    await signIn(page, ada, base);
    await showContinuity(page);
    proxy.cut();
    const cut = await ticksGoBy(2);
    const renewal = page.waitForResponse('**/api/v1/users/refresh');
    proxy.mend();
    expect((await renewal).status()).toBe(200);
    await isLive(page);
    await ticksAfter(page, cut, 4);
    await nothingIsMissing(page);
  } finally {
    proxy.close();
  }
});

test('two tabs that are offline say so, and come back by themselves without a tick missing', async ({ page, request, context, baseURL }) => {
  const proxy = new FragileProxy(new URL(baseURL!));
  const base = await proxy.listen();
  try {
    const ada = somebody();
    await register(request, ada);
    await signIn(page, ada, base);
    const second = await context.newPage();
    await second.goto(`${base}/alerts`);
    const tabs = [page, second];
    for (const tab of tabs) {
      await isLive(tab);
      await showContinuity(tab);
    }

    // Chromium leaves sockets alone that are open when it goes offline: the proxy does what a network does.
    await context.setOffline(true);
    proxy.cut();
    for (const tab of tabs) {
      await expect(connection(tab)).toHaveAttribute('data-connection', 'offline');
      await expect(connection(tab)).toContainText('Offline');
    }
    const cut = await ticksGoBy(2);
    proxy.mend();
    await context.setOffline(false);
    for (const tab of tabs) {
      await isLive(tab);
      await ticksAfter(tab, cut, 4);
      await nothingIsMissing(tab);
    }
  } finally {
    proxy.close();
  }
});

test('a newer token moves the page to a second socket before the first one closes', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  // The page believes that its token ends soon, and renews it.
  await page.addInitScript(() => {
    const original = window.fetch;
    window.fetch = async (input, init) => {
      const answer = await original(input, init);
      if (!String(input).endsWith('/login')) return answer;
      return Response.json({ ...((await answer.json()) as object), expires_in: 20 }, { status: answer.status });
    };
  });
  const opened = page.waitForEvent('websocket');
  const signedIn = signIn(page, ada);
  const first = await opened;
  await signedIn;
  await showContinuity(page);

  const second = await page.waitForEvent('websocket');
  expect(first.isClosed()).toBe(false);
  await Promise.all([first.waitForEvent('close'), second.waitForEvent('framereceived')]);
  await isLive(page);
  await ticksAfter(page, await lastTick(page), 2);
  expect(second.isClosed()).toBe(false);
  await nothingIsMissing(page);
});

test('a hidden page asks for less, and catches up when it is shown', async ({ page, request }) => {
  const asked: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => void asked.push(String(payload))));
  const hide = (isHidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isHidden);
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await showContinuity(page);

  await hide(true);
  await expect.poll(() => asked.some((message) => message.includes('onPriceUpdate') && message.includes('"every":12'))).toBe(true);
  const hidden = await ticksGoBy(3);
  await hide(false);
  await ticksAfter(page, hidden, 4);
  await nothingIsMissing(page);
});
