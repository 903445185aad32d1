import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist/**', '.tributary/**', '.cache/**', 'apps/console/**', '**/*.mjs', '**/*.cjs'] },
  ...tseslint.configs.recommendedTypeCheckedOnly,
  ...tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', 400],
      'max-depth': ['error', 4],
      complexity: ['error', 15],
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      // Nest calls decorated methods, and spec files hand methods to expect().
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Programs that talk to a person print to the terminal.
    files: ['apps/*/src/cli/**', 'apps/simulator/**', 'bench/**', 'test/**', 'apps/all-in-one/src/demo/**'],
    rules: { 'no-console': 'off' },
  },
)
