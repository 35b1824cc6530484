/** What Wati says to one request. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Text, or the bytes of a file. */
  readonly body: string | Buffer
}

/** An answer without a body: Wati's 401 and 404 carry no JSON. */
export function empty(status: number): Answer {
  return { status, headers: {}, body: '' }
}

export function json(body: unknown, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  }
}

/** The bytes of a file under their own type, which may be anything but JSON. */
export function download(name: string, contentType: string, bytes: Buffer): Answer {
  // A name that a header cannot carry as it stands is spelled with underscores.
  const filename = name.replace(/[^\x20-\x7e]|["\\]/g, '_')
  const headers = { 'content-type': contentType, 'content-disposition': `attachment; filename="${filename}"` }
  return { status: 200, headers, body: bytes }
}

export function text(body: string, status: number): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }
}

/** A request that an operation cannot carry out. `answer` is how v1 and v2 say so, the message is its sentence. */
export class Refusal extends Error {
  readonly answer: Answer

  constructor(answer: Answer, sentence: string) {
    super(sentence)
    this.name = 'Refusal'
    this.answer = answer
  }
}

/** How v3 says no: the sentence under a status that is never 200. `timestamp` is RFC 3339. */
export function inV3(refusal: Refusal, timestamp: string): Answer {
  const status = refusal.answer.status === 200 ? 400 : refusal.answer.status
  return json({ code: status, message: refusal.message, timestamp }, status)
}

/** Wati's own way to say no: a 200 whose JSON has `result: false` and a sentence in `info`. */
export function refused(info: string, more: Readonly<Record<string, unknown>> = {}): Refusal {
  return new Refusal(json({ result: false, info, ...more }), info)
}

/** A request that does not fit the operation's model: ASP.NET answers 400 before Wati's code runs. */
export function invalid(field: string, sentence: string): Refusal {
  return new Refusal(
    problem(400, 'One or more validation errors occurred.', { errors: { [field]: [sentence] } }),
    sentence,
  )
}

/** A body of a type the operation does not read. */
export function unsupportedMediaType(): Refusal {
  const title = 'Unsupported Media Type'
  return new Refusal(problem(415, title, {}), title)
}

/** What the request names is not there: in v1 an empty 404. */
export function notFound(sentence: string): Refusal {
  return new Refusal(empty(404), sentence)
}

function problem(status: number, title: string, more: Readonly<Record<string, unknown>>): Answer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    body: JSON.stringify({ title, status, ...more }),
  }
}
