/** What the gateway has to say of an account, one sentence a line. */
export function Warnings({ of }: { of: readonly string[] }) {
  return (
    <ul class="warnings">
      {of.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  )
}
