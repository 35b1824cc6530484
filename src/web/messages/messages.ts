import type { en } from './en/index.ts'

/** The languages there are, each with a catalogue of its own, of which a browser loads one. */
const CATALOGUES = {
  en: async () => (await import('./en/index.ts')).en,
  pt: async () => (await import('./pt/index.ts')).pt,
} as const

/** Of the languages the browser asks for, the first that there is. */
const chosen = navigator.languages
  .map((tag) => tag.slice(0, 2).toLowerCase())
  .find((tag): tag is keyof typeof CATALOGUES => Object.hasOwn(CATALOGUES, tag))

/** For the page's `lang` attribute (BCP 47). */
export const language = chosen === 'pt' ? 'pt-BR' : 'en'

/** Every sentence of the page, in the browser's language. */
export const messages: typeof en = await CATALOGUES[chosen ?? 'en']()
