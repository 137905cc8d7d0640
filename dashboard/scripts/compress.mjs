// Puts a compressed copy beside each file that gets smaller by it: the front door sends those to whoever takes them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const TEXTS = new Set(['.js', '.css', '.html', '.svg', '.txt']);
const WORTHWHILE = 1024;

const dist = new URL('../dist/', import.meta.url).pathname;
const files = readdirSync(dist, { recursive: true }).filter((file) => TEXTS.has(extname(file)));

for (const file of files) {
  const path = join(dist, file);
  const content = readFileSync(path);
  if (content.length < WORTHWHILE) continue;
  writeFileSync(`${path}.br`, brotliCompressSync(content));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}
