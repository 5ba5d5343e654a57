// The layers of the tree; an import that goes against them fails `npm run check`.
// A folder may import itself and what its row names. Paths name both src and dist, because an
// import by package name resolves to dist.

/** Rows: folder of core/src, the folders of core/src it may import. */
const coreLayers = {
  base: [],
  protocol: ['base'],
  ring: ['base'],
  session: ['ring', 'protocol', 'base'],
  inode: ['session', 'protocol', 'base'],
  path: ['inode', 'session', 'protocol', 'base'],
  definition: ['path', 'inode', 'session', 'protocol', 'base'],
  adapters: ['path', 'inode'],
  dispatch: ['inode', 'session', 'ring', 'protocol', 'base'],
}

/** Rows: package, the packages of ours it may import. */
const packageLayers = {
  'packages/core': [],
  'packages/native': [],
  'packages/examples': ['packages/core', 'packages/native'],
  'packages/daemon': ['packages/core', 'packages/native'],
  bench: ['packages/core', 'packages/native', 'packages/daemon', 'packages/examples'],
}

const source = '(src|lib|dist)'

const coreRules = Object.entries(coreLayers).map(([folder, allowed]) => ({
  name: `core-${folder}`,
  comment: `core/${folder} may import ${allowed.join(', ') || 'nothing'} of core`,
  severity: 'error',
  from: { path: `^packages/core/src/${folder}/` },
  to: {
    path: `^packages/core/${source}/`,
    pathNot: `^packages/core/${source}/(${[folder, ...allowed].join('|')})/`,
  },
}))

const packageRules = Object.entries(packageLayers).map(([name, allowed]) => ({
  name: `package-${name.replace('packages/', '')}`,
  comment: `${name} may import ${allowed.join(', ') || 'no package of ours'}`,
  severity: 'error',
  from: { path: `^${name}/${source}/` },
  to: {
    path: '^(packages/[^/]+|bench)/',
    pathNot: `^(${[name, ...allowed].join('|')})/`,
  },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...coreRules,
    ...packageRules,
    {
      name: 'protocol-without-node',
      comment: 'core/protocol is bytes and numbers only: no node: modules, no dependencies',
      severity: 'error',
      from: { path: '^packages/core/src/protocol/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'examples-use-native-posix-only',
      comment: 'an example may use native/posix, never the device or the ring',
      severity: 'error',
      from: { path: '^packages/examples/src/' },
      to: { path: '^packages/native/', pathNot: `^packages/native/${source}/posix` },
    },
    {
      name: 'no-source-of-another-package',
      comment: 'another package is imported by its name, through its exports',
      severity: 'error',
      from: { path: '^(packages/[^/]+|bench)/' },
      to: {
        path: '^(packages/[^/]+|bench)/',
        pathNot: '^$1/',
        dependencyTypes: ['local'],
      },
    },
    {
      name: 'no-cycles',
      comment: 'a cycle means that two files are one idea',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-from-tests',
      comment: 'what ships does not import tests',
      severity: 'error',
      from: { path: `^(packages/[^/]+|bench)/${source}/` },
      to: { path: '^(packages/[^/]+|bench)/(test|dist-test)/' },
    },
    {
      name: 'resolvable',
      comment: 'the import resolves (build first: names of our packages resolve to dist)',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)(node_modules|dist|bundle|dist-test)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json'],
    },
  },
}
