/** What Wati says to one request. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
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

export function text(body: string, status: number): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }
}

/** A request that an operation cannot carry out. Thrown by the operation, answered as it stands. */
export class Refusal extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super(answer.body)
    this.name = 'Refusal'
    this.answer = answer
  }
}

/** Wati's own way to say no: a 200 whose JSON has `result: false` and a sentence in `info`. */
export function refused(info: string, more: Readonly<Record<string, unknown>> = {}): Refusal {
  return new Refusal(json({ result: false, info, ...more }))
}

/** A request that does not fit the operation's model: ASP.NET answers 400 before Wati's code runs. */
export function invalid(field: string, sentence: string): Refusal {
  return new Refusal(
    problem(400, 'One or more validation errors occurred.', { errors: { [field]: [sentence] } }),
  )
}

/** A body of a type the operation does not read. */
export function unsupportedMediaType(): Refusal {
  return new Refusal(problem(415, 'Unsupported Media Type', {}))
}

function problem(status: number, title: string, more: Readonly<Record<string, unknown>>): Answer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    body: JSON.stringify({ title, status, ...more }),
  }
}
