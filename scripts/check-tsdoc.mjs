// Whoever imports a name finds out from its doc comment what it is: every name that a package exports has one, and so
// has every plain number among the members of what it exports, for its unit or range. Numbers with a type of their own
// (core/src/base/ids.ts) say by that what they are. The compiler tells what is exported: entries are those of `exports`.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { packageFolders, root } from './lib/workspace.mjs'

const PLAIN_NUMBER = ts.TypeFlags.Number | ts.TypeFlags.BigInt

const entries = packageFolders()
  .filter((folder) => folder.startsWith('packages/'))
  .flatMap(entrySources)
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config,
  ts.sys,
  root,
)
const program = ts.createProgram(entries, { ...options, composite: false, noEmit: true })
const checker = program.getTypeChecker()
const seen = new Set()
const missing = []

for (const entry of entries) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry))
  for (const exported of checker.getExportsOfModule(module)) check(exported, exported.name)
}
for (const line of missing) console.log(line)
console.log(`${seen.size} exported names, ${missing.length} without the doc comment they need`)
process.exitCode = missing.length === 0 ? 0 : 1

/** Of a package: the source of each file that its `exports` name. */
function entrySources(folder) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const sources = existsSync(join(root, folder, 'lib')) ? 'lib' : 'src'
  return Object.values(manifest.exports ?? {}).flatMap(({ types }) => {
    const source = join(
      root,
      folder,
      types.replace('./dist/', `${sources}/`).replace('.d.ts', '.ts'),
    )
    if (!source.includes('*')) return [source]
    const [directory, ending] = source.split('*')
    return readdirSync(directory)
      .filter((name) => name.endsWith(ending))
      .map((name) => join(directory, name))
  })
}

function check(symbol, name) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  if (seen.has(target)) return
  seen.add(target)
  require(target, name)
  for (const declaration of target.declarations ?? []) {
    for (const member of membersOf(declaration)) {
      const own = checker.getSymbolAtLocation(member.name)
      if (own !== undefined && isPlainNumber(member)) require(own, `${name}.${own.name}`)
    }
  }
}

function require(symbol, name) {
  if (symbol.getDocumentationComment(checker).length > 0) return
  if (symbol.getJsDocTags(checker).length > 0) return
  const [declaration] = symbol.declarations ?? []
  if (declaration === undefined) return
  const file = declaration.getSourceFile()
  const { line } = file.getLineAndCharacterOfPosition(declaration.getStart())
  missing.push(`${relative(root, file.fileName)}:${line + 1} ${name}`)
}

/** Properties that others can see. */
function membersOf(declaration) {
  const holder = ts.isTypeAliasDeclaration(declaration) ? declaration.type : declaration
  return (holder.members ?? []).filter(
    (member) =>
      (ts.isPropertySignature(member) ||
        ts.isPropertyDeclaration(member) ||
        ts.isGetAccessorDeclaration(member)) &&
      !ts.isPrivateIdentifier(member.name),
  )
}

function isPlainNumber(member) {
  const type = checker.getTypeAtLocation(member)
  const parts = type.isUnion() ? type.types : [type]
  return parts.some((part) => (part.flags & PLAIN_NUMBER) !== 0)
}
