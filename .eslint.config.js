import tseslint from 'typescript-eslint'

/** Which folder may import which: the architecture of docs/decisions.md, held by the linter. */
function mayNotImport(folder, patterns, reason) {
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: patterns, message: reason }] }],
    },
  }
}

export default tseslint.config(
  { ignores: ['dist/', '.tap/', 'node_modules/', 'src/web/api/openapi.ts'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./test/tsconfig.json', './src/web/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // Fastify's hooks and handlers are async so that a throw is a rejection, awaited or not.
      '@typescript-eslint/require-await': 'off',
      // `const { revision, ...rest } = record` is how a field is left out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      // tap's matchers return promises that tap itself awaits.
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // What tests start is handed over as plain objects of functions.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  mayNotImport('domain', '^\\.\\./', 'domain imports nothing else of ours'),
  mayNotImport('rewrite', '^\\.\\./(?!domain/)', 'rewrite imports domain and nothing else of ours'),
  mayNotImport(
    'wati',
    '^\\.\\./(?!domain/|errors\\.ts)',
    'how Wati is spoken to serves both planes and knows neither',
  ),
  mayNotImport(
    'gateway',
    '^\\.\\./(?:admin|explain|cli|sandbox|app|directory/(?!directory\\.ts))',
    'the data plane can only read the directory, and knows nothing of the control plane',
  ),
  mayNotImport(
    'admin',
    '^\\.\\./(?:gateway|rewrite|explain|cli|sandbox|app)',
    'the control plane knows nothing of the data plane',
  ),
  mayNotImport(
    'directory',
    '^\\.\\./(?:gateway|wati|admin|rewrite|explain|cli|sandbox|app)',
    'the directory serves the planes',
  ),
  mayNotImport(
    'explain',
    '^\\.\\./(?:admin|cli|sandbox|app|directory)',
    'explaining walks the road of the data plane and changes nothing',
  ),
  {
    files: ['src/web/**/*.ts', 'src/web/**/*.tsx'],
    rules: {
      // Handlers are handed over as they are; what they return, nobody reads.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
  mayNotImport(
    'web',
    '^\\.\\./\\.\\./\\.\\./(?!messages|parts|hooks|api)',
    'the page knows the control plane by its description alone',
  ),
  mayNotImport('sandbox', '^\\.\\./(?!domain/plan)', 'the stand-in is an independent witness of Wati'),
)
