// Bundles the browser modules into the Python package: `npm ci --ignore-scripts && node build.mjs`.
//
// A page loads one entry, dist/<entry>.js; what entries share is split into chunks, and what a page needs
// only now and then (the editor, KaTeX) is imported when it is needed.
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const ENTRIES = ["base", "home", "lesson", "exercise", "tokens"]; // src/<entry>.js
const STYLES = ["katex"]; // src/<style>.css

const here = path.dirname(fileURLToPath(import.meta.url));
const shown = path.join(here, "../src/groundup/app/static/dist");
const out = `${shown}.new`; // takes its place when it is complete, so that a page never misses a chunk
const require = createRequire(import.meta.url);

// Every browser that runs ES modules reads woff2; the other two forms of each font stay out of the wheel.
const woff2Only = {
  name: "woff2-only",
  setup(build) {
    build.onLoad({ filter: /katex(\.min)?\.css$/ }, async ({ path: file }) => {
      const css = await readFile(file, "utf8");
      const contents = css.replace(/,\s*url\([^)]*\.(woff|ttf)\)\s*format\(["'](woff|truetype)["']\)/g, "");
      return { contents, loader: "css", resolveDir: path.dirname(file) };
    });
  },
};

const source = (extension) => (name) => path.join(here, "src", name + extension);

async function build() {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const result = await esbuild.build({
    entryPoints: [...ENTRIES.map(source(".js")), ...STYLES.map(source(".css"))],
    outdir: out,
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    assetNames: "fonts/[name]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022"],
    minify: true,
    legalComments: "eof",
    loader: { ".woff2": "file" },
    plugins: [woff2Only],
    metafile: true,
  });
  await copyFile(require.resolve("htmx.org/dist/htmx.min.js"), path.join(out, "htmx.js"));
  const sizes = Object.entries(result.metafile.outputs)
    .map(([file, { bytes }]) => [path.basename(file), bytes])
    .filter(([file]) => !file.endsWith(".woff2"))
    .sort((a, b) => b[1] - a[1]);
  await writeFile(path.join(out, "sizes.json"), JSON.stringify(Object.fromEntries(sizes), null, 2));
  await rm(`${shown}.old`, { recursive: true, force: true });
  await rename(shown, `${shown}.old`).catch(() => {});
  await rename(out, shown);
  await rm(`${shown}.old`, { recursive: true, force: true });
  for (const [file, bytes] of sizes) console.log(`${(bytes / 1024).toFixed(1).padStart(8)} kB  ${file}`);
}

if (process.argv.includes("--watch")) {
  const { watch } = await import("node:fs/promises");
  await build();
  for await (const _ of watch(path.join(here, "src"))) await build().catch((error) => console.error(error.message));
} else {
  await build();
}
