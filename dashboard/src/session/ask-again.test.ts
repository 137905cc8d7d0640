import { ApolloClient, ApolloLink, gql, InMemoryCache, Observable } from '@apollo/client';
import { expect, test } from 'vitest';

import { askAgain } from './ask-again';

const COUNT = gql`
  query Count {
    count
  }
`;

/** A server that reads when it is asked, and answers when it is told to. */
function stage() {
  let count = 0;
  const answers: (() => void)[] = [];
  const link = new ApolloLink(
    () =>
      new Observable((observer) => {
        const read = count;
        answers.push(() => {
          observer.next({ data: { count: read } });
          observer.complete();
        });
      }),
  );
  const apollo = new ApolloClient({ link, cache: new InMemoryCache() });
  const query = apollo.watchQuery<{ count: number }>({ query: COUNT, fetchPolicy: 'cache-and-network' });
  const shown: (number | undefined)[] = [];
  query.subscribe(({ data }) => shown.push((data as { count: number } | undefined)?.count));
  const answer = async () => {
    answers.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { apollo, answers, answer, shown, change: () => (count += 1), refresh: () => apollo.refetchQueries({ include: [COUNT], onQueryUpdated: askAgain }) };
}

test('what was read before the change is not what is shown in the end', async () => {
  const { answer, answers, change, refresh, shown } = stage();
  change();
  const refreshed = refresh();
  await answer();
  expect(answers).toHaveLength(1);
  await answer();
  await refreshed;
  expect(shown.at(-1)).toBe(1);
});

test('what is not on its way is asked for once', async () => {
  const { answer, answers, change, refresh, shown } = stage();
  await answer();
  change();
  const refreshed = refresh();
  expect(answers).toHaveLength(1);
  await answer();
  await refreshed;
  expect(answers).toHaveLength(0);
  expect(shown.at(-1)).toBe(1);
});

test('of changes that follow each other the last is shown', async () => {
  const { answer, answers, change, refresh, shown } = stage();
  await answer();
  const refreshed = [];
  for (let changes = 0; changes < 3; changes++) {
    change();
    refreshed.push(refresh());
  }
  while (answers.length > 0) await answer();
  await Promise.all(refreshed);
  expect(shown.at(-1)).toBe(3);
});
