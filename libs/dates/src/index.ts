export * from './date-pattern.js'
export * from './date-syntax-error.js'
export { renderTemplate, type TemplateInstants } from './url-template.js'
