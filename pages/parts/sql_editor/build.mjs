// Bundles the editor into one file of static/, with the licences of everything inside beside it.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const here = dirname(fileURLToPath(import.meta.url))
const target = join(here, "..", "..", "..", "static", "sql_editor.v1.js") // a new version gets a new name: caches
const result = await build({
  entryPoints: [join(here, "src", "editor.js")],
  outfile: target,
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  legalComments: "none",
  banner: { js: "/* Licences of what is bundled here: sql_editor.v1.LICENSES.txt */" },
  metafile: true,
})

const inputs = Object.keys(result.metafile.inputs)
const packages = new Set(inputs.map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean))
const texts = [...packages].sort().map((name) => {
  const folder = join(here, "node_modules", name)
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
  if (!file || !existsSync(join(folder, file))) throw new Error(`${name} has no licence file`)
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`
})
writeFileSync(target.replace(/\.js$/, ".LICENSES.txt"), texts.join(`\n${"-".repeat(78)}\n\n`))
console.log(`${target}: ${packages.size} packages`)
