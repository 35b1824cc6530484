import { useId, useState } from 'preact/hooks'
import { messages } from '../../messages/messages.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { TextField } from '../../parts/field.tsx'

const { channels } = messages

/** The data plane's usual port, on the host that serves this page: where it is in truth the page cannot know. */
const USUAL_ADDRESS = `${location.protocol}//${location.hostname}:8080`

/** A template through this alias, ready to be pasted into a shell. */
export function CurlCard({ alias }: { alias: string }) {
  const [address, setAddress] = useState(USUAL_ADDRESS)
  const id = useId()
  const line = curlLine(address, alias)
  return (
    <section class="card">
      <div class="card-header">
        <h2>{channels.curlTitle}</h2>
        <CopyButton text={line} of={id} label={channels.copyCurl} />
      </div>
      <p class="faint">{channels.curlHint}</p>
      <TextField
        {...{ label: channels.address, name: 'address', value: address, hint: channels.addressHint }}
        {...{ inputMode: 'url', autoComplete: 'off', spellcheck: false, onInput: setAddress }}
      />
      <pre id={id}>{line}</pre>
    </section>
  )
}

const BODY = '{"template_name": "your_template", "broadcast_name": "curl", "parameters": []}'

function curlLine(address: string, alias: string): string {
  const base = `${address.trim().replace(/\/+$/, '')}/channels/${alias}`
  return [
    `curl -sS ${quoted(`${base}/api/v1/sendTemplateMessage?whatsappNumber=5511988887777`)}`,
    '-H "Authorization: Bearer $TOKEN"',
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(BODY)}`,
  ].join(' \\\n  ')
}

/** For a POSIX shell, to which nothing between single quotes means anything. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
