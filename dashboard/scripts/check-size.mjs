// What a first visit loads, compressed: to sign in, and to see the overview. Fails where that is more than its budget.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGETS = [
  { name: 'sign-in page', entries: ['index.html', 'src/pages/sign-in.tsx'], budget: 130 * 1024 },
  { name: 'overview', entries: ['index.html', 'src/layout/shell.tsx', 'src/pages/overview.tsx'], budget: 200 * 1024 },
];

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

function filesOf(name, known = new Set()) {
  if (known.has(name)) return [];
  known.add(name);
  const { file, css = [], imports = [] } = manifest[name];
  return [file, ...css, ...imports.flatMap((other) => filesOf(other, known))];
}

const sizeOf = (file) => gzipSync(readFileSync(new URL(file, dist))).length;
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

for (const { name, entries, budget } of BUDGETS) {
  const files = new Set(['index.html', ...entries.flatMap((entry) => filesOf(entry))]);
  const sizes = [...files].map((file) => [file, sizeOf(file)]).toSorted(([, a], [, b]) => b - a);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  console.log(`${kilobytes(total).padStart(10)}  first load of the ${name}, gzipped, of ${kilobytes(budget)}: ${sizes.length} files`);
  if (total <= budget) continue;
  for (const [file, size] of sizes) console.error(`${kilobytes(size).padStart(12)}  ${file}`);
  console.error('That is over the budget: load what is not needed at once on demand.');
  process.exitCode = 1;
}
