// Builds the page of src/ into one document that loads nothing from elsewhere, and the policy that lets exactly its own
// script and style run. usage: node build.mjs [directory]
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, 'dist');

// GraphiQL's style brings fonts of 260 KB. Those of the reader's system do as well: src/page.css names them.
const withoutFonts = {
  name: 'without-fonts',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const style = await readFile(path, 'utf8');
      return { contents: style.replaceAll(/@font-face\s*\{[^}]*\}/g, ''), loader: 'css' };
    });
  },
};

const { outputFiles, metafile } = await build({
  absWorkingDir: here,
  entryPoints: ['src/page.jsx'],
  outdir: 'dist',
  write: false,
  metafile: true,
  bundle: true,
  minify: true,
  charset: 'utf8',
  format: 'iife',
  target: ['es2022'],
  jsx: 'automatic',
  legalComments: 'eof',
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [withoutFonts],
  logLevel: 'warning',
});
const output = (ending) => outputFiles.find(({ path }) => path.endsWith(ending)).text.trim();
// The parser of HTML ends a script or style at its closing tag, and knows no escape but that of the language inside.
const script = output('.js').replaceAll(/<(\/script|!--)/gi, '\\x3c$1');
const style = output('.css');
if (/<\/style/i.test(style)) throw new Error('the style would end early');

const template = await readFile(join(here, 'src/page.html'), 'utf8');
const page = template.replace('/* style */', () => style).replace('/* script */', () => script);

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  'img-src data:',
  "connect-src 'self' {{feed origin}}",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The licences of the packages that the page holds, as those packages bring them. */
async function licences() {
  const inside = Object.keys(metafile.inputs).map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const packages = [...new Set(inside.filter(Boolean))].sort();
  const texts = packages.map(async (directory) => {
    const at = join(here, directory);
    const { name, version, license } = JSON.parse(await readFile(join(at, 'package.json'), 'utf8'));
    const file = (await readdir(at)).sort().find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? (await readFile(join(at, file), 'utf8')).trim() : 'The package brings no text of it.';
    return `${name} ${version}: ${license}\n\n${text}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}

await mkdir(target, { recursive: true });
await writeFile(join(target, 'page.html'), page);
await writeFile(join(target, 'content-security-policy.txt'), `${policy}\n`);
await writeFile(join(target, 'licences.txt'), await licences());
