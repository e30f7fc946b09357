// Builds the web assets into ../static/build (git-ignored): style sheets, scripts, images, fonts
// for printed documents and the local Swagger UI. Run by `python3 tools/dev.py assets`.
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import * as sass from 'sass'

const here = dirname(fileURLToPath(import.meta.url))
const modules = join(here, 'node_modules')
const served = join(here, '..', 'static', 'build')
// Built beside it and put in place whole, so that a running server never lacks a file.
const out = `${served}.new`

// Files taken as they are: [from node_modules, to the build folder].
const copies = [
  ['govuk-frontend/dist/govuk/govuk-frontend.min.js', 'govuk-frontend.min.js'],
  ['@ministryofjustice/frontend/moj/moj-frontend.min.js', 'moj-frontend.min.js'],
  ['htmx.org/dist/htmx.min.js', 'htmx.min.js'],
  ['swagger-ui-dist/swagger-ui.css', 'swagger-ui/swagger-ui.css'],
  ['swagger-ui-dist/swagger-ui-bundle.js', 'swagger-ui/swagger-ui-bundle.js'],
  ['swagger-ui-dist/swagger-ui-standalone-preset.js', 'swagger-ui/swagger-ui-standalone-preset.js'],
  ['swagger-ui-dist/favicon-32x32.png', 'swagger-ui/favicon-32x32.png'],
  ['@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf', 'fonts/NotoSansSC_400Regular.ttf'],
  ['@expo-google-fonts/noto-sans-sc/LICENSE_FONT', 'fonts/LICENSE.txt'],
  ['@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf', 'fonts/NotoSansSC_700Bold.ttf'],
]

const entries = async (folder, extension) =>
  (await readdir(join(here, folder))).filter((name) => name.endsWith(extension) && !name.startsWith('_'))

// Every scss/*.scss and js/*.js without a leading underscore is an entry of its own.
async function buildStyles() {
  for (const name of await entries('scss', '.scss')) {
    const result = sass.compile(join(here, 'scss', name), {
      loadPaths: [here, modules],
      style: 'compressed',
      quietDeps: true,
      // Deprecations inside the libraries are theirs to mend; ours are shown.
      logger: { warn: (message, { stack }) => stack?.includes('node_modules') || console.error(message) },
    })
    await writeFile(join(out, `${parse(name).name}.css`), result.css)
  }
}

async function buildScripts() {
  await esbuild.build({
    absWorkingDir: here,
    entryPoints: (await entries('js', '.js')).map((name) => join('js', name)),
    outdir: out,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2020',
    legalComments: 'linked',
    loader: { '.eot': 'file', '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.svg': 'file' },
    logLevel: 'warning',
  })
}

// MoJ's icons only: the folder also holds a crest and a logotype that are not ours to show.
async function copyFiles() {
  const icons = join(modules, '@ministryofjustice/frontend/moj/assets/images')
  const names = (await readdir(icons)).filter((name) => name.startsWith('icon-'))
  const images = names.map((name) => [`@ministryofjustice/frontend/moj/assets/images/${name}`, `images/${name}`])
  for (const [from, to] of [...copies, ...images]) {
    await mkdir(dirname(join(out, to)), { recursive: true })
    await cp(join(modules, from), join(out, to))
  }
}

// manifest.json: file name -> first characters of its hash, for cache-safe addresses.
async function writeManifest() {
  const manifest = {}
  for (const name of (await readdir(out)).filter((file) => /\.(css|js)$/.test(file)).sort()) {
    manifest[name] = createHash('sha256').update(await readFile(join(out, name))).digest('hex').slice(0, 12)
  }
  await writeFile(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

await rm(out, { recursive: true, force: true })
await mkdir(out, { recursive: true })
await Promise.all([buildStyles(), buildScripts(), copyFiles()])
await writeManifest()
console.log(`assets built in ${out}`)

await rm(`${served}.old`, { recursive: true, force: true })
await rename(served, `${served}.old`).catch((error) => {
  if (error.code !== 'ENOENT') throw error
})
await rename(out, served)
await rm(`${served}.old`, { recursive: true, force: true })
