/** Below `PUBLIC_URL`: the page that a vendor sends people back to, where nothing says otherwise. */
export const callbackPath = 'oauth/callback'

/** Where a vendor sends people back to, in both legs of OAuth, unless a callback URL is given. */
export function defaultCallbackUrl(publicUrl: string): string {
  return `${publicUrl}/${callbackPath}`
}
