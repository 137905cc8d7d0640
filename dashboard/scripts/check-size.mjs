// What somebody who is signed in loads to see the overview, compressed; fails where that is more than the budget.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = 200 * 1024;
const FIRST = ['index.html', 'src/pages/overview.tsx'];

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

function filesOf(name, known = new Set()) {
  if (known.has(name)) return [];
  known.add(name);
  const { file, css = [], imports = [] } = manifest[name];
  return [file, ...css, ...imports.flatMap((other) => filesOf(other, known))];
}

const files = new Set(['index.html', ...FIRST.flatMap((name) => filesOf(name))]);
const sizes = [...files].map((file) => [file, gzipSync(readFileSync(new URL(file, dist))).length]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

for (const [file, size] of sizes) console.log(`${kilobytes(size).padStart(10)}  ${file}`);
console.log(`${kilobytes(total).padStart(10)}  first load, gzipped, of ${kilobytes(BUDGET)}`);
if (total > BUDGET) {
  console.error('The first load is over its budget: load what is not needed at once on demand.');
  process.exit(1);
}
