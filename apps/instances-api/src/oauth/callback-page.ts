import { createHash } from 'node:crypto'

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 4rem auto; padding: 0 1rem; color: #222 }
  pre { font: 13px/1.5 ui-monospace, monospace; background: #f4f4f4; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere }`

// The server never looks at the query, so that nothing of it can be reflected or logged. What the page shows is set as
// text; in the command it is JSON of ASCII within single quotes, since a stranger may have written the address.
const script = `
  const query = new URLSearchParams(location.search)
  const given = name => query.get(name)?.slice(0, 4096) || null
  const message = {
    type: 'tributary.oauth',
    code: given('code'),
    state: given('state'),
    error: given('error'),
    errorDescription: given('error_description'),
  }
  history.replaceState(null, '', location.pathname)

  const openerIsOurs = () => {
    try {
      return window.opener !== null && window.opener.location.origin === location.origin
    } catch {
      return false
    }
  }
  const quoted = text => "'" + text.replaceAll("'", "'\\\\''") + "'"
  const ascii = text =>
    text.replace(/[^\\x20-\\x7e]/g, unit => '\\\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'))
  const command = () => {
    const key = /^[a-z][a-z0-9_]*$/.test(message.state ?? '') ? message.state : '<element key>'
    const body = {
      element: { key },
      name: 'My instance',
      providerData: { code: message.code },
      configuration: { 'oauth.api.key': '<client id>', 'oauth.api.secret': '<client secret>' },
    }
    const base = location.origin + location.pathname.replace(/\\/oauth\\/callback\\/?$/, '')
    return [
      'curl -X POST ' + quoted(base + '/elements/api-v2/instances'),
      "-H 'Authorization: User <user secret>, Organization <organization secret>'",
      "-H 'Content-Type: application/json'",
      '-d ' + quoted(ascii(JSON.stringify(body))),
    ].join(' \\\\\\n  ')
  }
  const tell = (id, text) => {
    const element = document.getElementById(id)
    element.textContent = text
    element.hidden = false
  }

  if (openerIsOurs()) {
    window.opener.postMessage(message, location.origin)
    tell('said', 'Done. This window can be closed.')
    window.close()
  } else if (message.code !== null) {
    tell('said', 'Access was granted. The code below is good once, and for a short time: make an instance of it.')
    tell('code', message.code)
    tell('command', command())
  } else if (message.error !== null) {
    tell('said', 'Access was not granted:')
    tell('code', [message.error, message.errorDescription].filter(text => text !== null).join(': '))
  } else {
    tell('said', 'This address is where vendors send people back to after they granted access. Nothing came with it.')
  }
`

/** The page as it is served: the same for everybody. */
export const callbackPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Access to an account</title>
<style>${style}</style>
<h1>Access to an account</h1>
<noscript>This page needs JavaScript; the code is the parameter "code" of its address.</noscript>
<p id="said" hidden></p>
<pre id="code" hidden></pre>
<pre id="command" hidden></pre>
<script>${script}</script>
</html>
`

/** Nothing but this style and this script, framed by nobody, kept by nobody, and telling nobody where it was. */
export const callbackPageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex',
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
