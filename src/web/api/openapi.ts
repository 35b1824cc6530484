/* Made of the control plane's description (GET /openapi.json) by test/web/openapi-types.test.ts: do not edit. */

export interface paths {
  '/openapi.json': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Read this description */
    get: operations['openapi']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/healthz': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Does the process live? */
    get: operations['healthz']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/readyz': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Can the process serve? */
    get: operations['readyz']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/metrics': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Read the metrics */
    get: operations['metrics']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/accounts/{account}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Read an account */
    get: operations['getAccount']
    /**
     * Write an account as a whole
     * @description A new account needs `token` or `tokenFrom`; without either a known one keeps its token.
     */
    put: operations['putAccount']
    post?: never
    /** Delete an account that no channel uses */
    delete: operations['deleteAccount']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/accounts': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the accounts */
    get: operations['listAccounts']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/accounts/{account}/token': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /**
     * Give an account a new token
     * @description Wati is asked first whether it takes the token, unless `verify` is `false`.
     */
    put: operations['putAccountToken']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/channels/{alias}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Read a channel */
    get: operations['getChannel']
    /** Write a channel as a whole */
    put: operations['putChannel']
    post?: never
    /** Delete a channel */
    delete: operations['deleteChannel']
    options?: never
    head?: never
    /**
     * Change some fields of a channel
     * @description A JSON merge patch (RFC 7396): `null` takes a field away.
     */
    patch: operations['patchChannel']
    trace?: never
  }
  '/v1/channels': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the channels */
    get: operations['listChannels']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/channels/{alias}/check': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Ask Wati whether the token and the number of a channel work */
    post: operations['checkChannel']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/explain': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Show what Wati would get of a request, and send nothing */
    post: operations['explainRequest']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/operations': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the operations of Wati that a channel can be asked for */
    get: operations['listOperations']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/tokens': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the tokens that were issued or revoked here */
    get: operations['listTokens']
    put?: never
    /**
     * Issue a token
     * @description Only a gateway with `JWT_SECRET` can: without it the answer is 409.
     */
    post: operations['issueToken']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/tokens/{jti}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /** Revoke a token by its jti, wherever it was issued */
    delete: operations['revokeToken']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/keys': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** See by which keys everything is sealed */
    get: operations['getKeys']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/keys/rotate': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Seal everything anew with the first key
     * @description All replicas must have the same first key in `ENCRYPTION_KEYS`: else the answer is 409.
     */
    post: operations['rotateKeys']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/audit': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Read who changed what */
    get: operations['listAudit']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/usage': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Count the calls, by day, account, channel, caller, operation and outcome
     * @description `groupBy` names what is kept apart; the other dimensions are summed up and left out.
     */
    get: operations['listUsage']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/traffic': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Count the calls of the last hour or day, step by step */
    get: operations['listTraffic']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/replicas': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** See how far each replica is */
    get: operations['listReplicas']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/directory': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** See the state of the directory on this replica */
    get: operations['getDirectory']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/directory/reseed': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Write the directory back into a store that lost it */
    post: operations['reseedDirectory']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/troubles': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** See what is wrong now, in words */
    get: operations['listTroubles']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/session': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** See who calls, and what they may do */
    get: operations['getSession']
    put?: never
    /** Sign in: a cookie in exchange for the token of this request */
    post: operations['signIn']
    /** Sign out: the session is refused from now on */
    delete: operations['signOut']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
}
export type webhooks = Record<string, never>
export interface components {
  schemas: {
    /** @description a refusal (RFC 9457) */
    Problem: {
      /** @description urn:wati-gateway:problem:<name> */
      type: string
      title: string
      status: number
      /** @description what is wrong, and what to do */
      detail: string
      /** @enum {string} */
      origin: 'gateway'
      /** @description as in the answer header x-request-id, the log and the audit */
      requestId: string
      /** @description of a request to Wati that failed */
      outcome?: string
    }
  }
  responses: never
  parameters: never
  requestBodies: never
  headers: never
  pathItems: never
}
export type $defs = Record<string, never>
export interface operations {
  openapi: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description OpenAPI 3.1. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': Record<string, never>
        }
      }
      /** @description `malformed-request`: The request is not well-formed. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  healthz: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description It does. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'alive'
          }
        }
      }
      /** @description `malformed-request`: The request is not well-formed. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  readyz: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description It can; `degraded` while the store is away. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            status: 'ready' | 'degraded'
            /** @description blind or lost, while degraded */
            directory?: string
          }
        }
      }
      /** @description `malformed-request`: The request is not well-formed. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. `shutting-down`: The gateway is stopping. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  metrics: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The text format of Prometheus. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'text/plain': string
        }
      }
      /** @description `malformed-request`: The request is not well-formed. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description lower-case letters, digits and dashes, a letter first */
        account: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The account, without its token. */
      200: {
        headers: {
          /** @description the revision of the record, in quotes */
          etag?: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            id: string
            tenantId: string
            baseUrl: string
            plan: string
            limits?: {
              [key: string]: unknown
            }
            /** @description the plan's with those of `limits` in their place; null where one was lifted */
            limitsInForce: {
              [key: string]: {
                max: number
                windowSeconds: number
              } | null
            }
            enforceQuota?: boolean
            description?: string
            tokenFrom?: {
              env?: string
              file?: string
            }
            token: {
              fingerprint: string | null
              updatedAt: string
              expiresAt: string | null
            }
            usage: {
              /** @description the current one (UTC), such as "2026-11" */
              month: string
              /** @description how many calls of this month were sent to Wati */
              calls: number
              /** @description how many there may be; null when the limit was lifted */
              monthlyCalls: number | null
            }
            /** @description there while the replica that answers refuses calls of the account, because Wati fails */
            breaker?: {
              state: 'open' | 'half-open'
              since: string
              lastFailure: {
                at: string
                problem: string
                detail: string
              }
            }
            warnings: string[]
            revision: number
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `not-found`: There is nothing here. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  putAccount: {
    parameters: {
      query?: {
        /** @description all, or nothing */
        wait?: 'all'
      }
      header?: {
        /** @description the ETag of the record that the change was decided on: on another it is refused (412) */
        'if-match'?: string
        /** @description "*": the record must not exist yet, else it is refused (412) */
        'if-none-match'?: string
      }
      path: {
        /** @description lower-case letters, digits and dashes, a letter first */
        account: string
      }
      cookie?: never
    }
    /** @description a JSON object */
    requestBody: {
      content: {
        'application/json': {
          /** @description digits, as a string */
          tenantId: string
          /** @description an origin, such as "https://live-mt-server.wati.io" */
          baseUrl: string
          /** @description the account's API token, as Wati shows it */
          token?: string
          /** @description {"env": "NAME"} or {"file": "/path"} */
          tokenFrom?:
            | {
                env: string
              }
            | {
                file: string
              }
          /** @description one of growth, pro, business */
          plan?: 'growth' | 'pro' | 'business'
          /** @description an object of limits by endpoint */
          limits?: {
            /** @description a whole number, or null for no limit */
            monthlyCalls?: number | null
          } & {
            [key: string]: {
              max: number
              windowSeconds: number
            } | null
          }
          /** @description true or false */
          enforceQuota?: boolean
          /** @description text of at most 500 characters */
          description?: string
        }
      }
    }
    responses: {
      /** @description The account, without its token. */
      200: {
        headers: {
          /** @description the revision of the record, in quotes */
          etag?: string
          /** @description after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away */
          'wati-gateway-applied'?: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            id: string
            tenantId: string
            baseUrl: string
            plan: string
            limits?: {
              [key: string]: unknown
            }
            /** @description the plan's with those of `limits` in their place; null where one was lifted */
            limitsInForce: {
              [key: string]: {
                max: number
                windowSeconds: number
              } | null
            }
            enforceQuota?: boolean
            description?: string
            tokenFrom?: {
              env?: string
              file?: string
            }
            token: {
              fingerprint: string | null
              updatedAt: string
              expiresAt: string | null
            }
            usage: {
              /** @description the current one (UTC), such as "2026-11" */
              month: string
              /** @description how many calls of this month were sent to Wati */
              calls: number
              /** @description how many there may be; null when the limit was lifted */
              monthlyCalls: number | null
            }
            /** @description there while the replica that answers refuses calls of the account, because Wati fails */
            breaker?: {
              state: 'open' | 'half-open'
              since: string
              lastFailure: {
                at: string
                problem: string
                detail: string
              }
            }
            warnings: string[]
            revision: number
          }
        }
      }
      /** @description The account, without its token. */
      201: {
        headers: {
          /** @description the revision of the record, in quotes */
          etag?: string
          /** @description after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away */
          'wati-gateway-applied'?: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            id: string
            tenantId: string
            baseUrl: string
            plan: string
            limits?: {
              [key: string]: unknown
            }
            /** @description the plan's with those of `limits` in their place; null where one was lifted */
            limitsInForce: {
              [key: string]: {
                max: number
                windowSeconds: number
              } | null
            }
            enforceQuota?: boolean
            description?: string
            tokenFrom?: {
              env?: string
              file?: string
            }
            token: {
              fingerprint: string | null
              updatedAt: string
              expiresAt: string | null
            }
            usage: {
              /** @description the current one (UTC), such as "2026-11" */
              month: string
              /** @description how many calls of this month were sent to Wati */
              calls: number
              /** @description how many there may be; null when the limit was lifted */
              monthlyCalls: number | null
            }
            /** @description there while the replica that answers refuses calls of the account, because Wati fails */
            breaker?: {
              state: 'open' | 'half-open'
              since: string
              lastFailure: {
                at: string
                problem: string
                detail: string
              }
            }
            warnings: string[]
            revision: number
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `revision-mismatch`: Somebody else changed it first. */
      412: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `body-too-large`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unsupported-media-type`: The operation does not take this kind of body. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteAccount: {
    parameters: {
      query?: {
        /** @description all, or nothing */
        wait?: 'all'
      }
      header?: {
        /** @description the ETag of the record that the change was decided on: on another it is refused (412) */
        'if-match'?: string
      }
      path: {
        /** @description lower-case letters, digits and dashes, a letter first */
        account: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description It is gone. */
      204: {
        headers: {
          /** @description after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away */
          'wati-gateway-applied'?: string
          [name: string]: unknown
        }
        content?: never
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `not-found`: There is nothing here. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `conflict`: The request conflicts with what is there. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `revision-mismatch`: Somebody else changed it first. */
      412: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listAccounts: {
    parameters: {
      query?: {
        /** @description a whole number from 1 to 1000 */
        limit?: string
        /** @description a nextCursor that a list gave */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of accounts, in the order of their ids. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              id: string
              tenantId: string
              baseUrl: string
              plan: string
              limits?: {
                [key: string]: unknown
              }
              /** @description the plan's with those of `limits` in their place; null where one was lifted */
              limitsInForce: {
                [key: string]: {
                  max: number
                  windowSeconds: number
                } | null
              }
              enforceQuota?: boolean
              description?: string
              tokenFrom?: {
                env?: string
                file?: string
              }
              token: {
                fingerprint: string | null
                updatedAt: string
                expiresAt: string | null
              }
              usage: {
                /** @description the current one (UTC), such as "2026-11" */
                month: string
                /** @description how many calls of this month were sent to Wati */
                calls: number
                /** @description how many there may be; null when the limit was lifted */
                monthlyCalls: number | null
              }
              /** @description there while the replica that answers refuses calls of the account, because Wati fails */
              breaker?: {
                state: 'open' | 'half-open'
                since: string
                lastFailure: {
                  at: string
                  problem: string
                  detail: string
                }
              }
              warnings: string[]
              revision: number
            }[]
            nextCursor: string | null
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  putAccountToken: {
    parameters: {
      query?: {
        /** @description all, or nothing */
        wait?: 'all'
        /** @description true or false */
        verify?: 'true' | 'false'
      }
      header?: {
        /** @description the ETag of the record that the change was decided on: on another it is refused (412) */
        'if-match'?: string
      }
      path: {
        /** @description lower-case letters, digits and dashes, a letter first */
        account: string
      }
      cookie?: never
    }
    /** @description a JSON object */
    requestBody: {
      content: {
        'application/json': {
          /** @description the account's API token, as Wati shows it */
          token: string
          /** @description a time such as "2027-01-31T12:00:00Z" */
          expiresAt?: string
        }
      }
    }
    responses: {
      /** @description The account, without its token. */
      200: {
        headers: {
          /** @description the revision of the record, in quotes */
          etag?: string
          /** @description after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away */
          'wati-gateway-applied'?: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            id: string
            tenantId: string
            baseUrl: string
            plan: string
            limits?: {
              [key: string]: unknown
            }
            /** @description the plan's with those of `limits` in their place; null where one was lifted */
            limitsInForce: {
              [key: string]: {
                max: number
                windowSeconds: number
              } | null
            }
            enforceQuota?: boolean
            description?: string
            tokenFrom?: {
              env?: string
              file?: string
            }
            token: {
              fingerprint: string | null
              updatedAt: string
              expiresAt: string | null
            }
            usage: {
              /** @description the current one (UTC), such as "2026-11" */
              month: string
              /** @description how many calls of this month were sent to Wati */
              calls: number
              /** @description how many there may be; null when the limit was lifted */
              monthlyCalls: number | null
            }
            /** @description there while the replica that answers refuses calls of the account, because Wati fails */
            breaker?: {
              state: 'open' | 'half-open'
              since: string
              lastFailure: {
                at: string
                problem: string
                detail: string
              }
            }
            warnings: string[]
            revision: number
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `not-found`: There is nothing here. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `revision-mismatch`: Somebody else changed it first. */
      412: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `body-too-large`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unsupported-media-type`: The operation does not take this kind of body. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `wati-unreachable`: Wati cannot be reached. `wati-bad-answer`: Wati gave no usable answer. */
      502: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `wati-timeout`: Wati did not answer in time. */
      504: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getChannel: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description lower-case letters, digits and dashes, a letter first */
        alias: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The channel. */
      200: {
        headers: {
          /** @description the revision of the record, in quotes */
          etag?: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            alias: string
            account: string
            number: string
            enabled: boolean
            description?: string
            weight?: number
            monthlyCalls?: number | null
            labels?: {
              [key: string]: string
            }
            revision: number
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `not-found`: There is nothing here. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  putChannel: {
    parameters: {
      query?: {
        /** @description all, or nothing */
        wait?: 'all'
      }
      header?: {
        /** @description the ETag of the record that the change was decided on: on another it is refused (412) */
        'if-match'?: string
        /** @description "*": the record must not exist yet, else it is refused (412) */
        'if-none-match'?: string
      }
      path: {
        /** @description lower-case letters, digits and dashes, a letter first */
        alias: string
      }
      cookie?: never
    }
    /** @description a JSON object */
    requestBody: {
      content: {
        'application/json': {
          /** @description lower-case letters, digits and dashes, a letter first */
          account: string
          /** @description a WhatsApp number with its country code, as a string */
          number: string
          /** @description true or false */
          enabled?: boolean
          /** @description text of at most 500 characters */
          description?: string
          /** @description a whole number from 1 to 1000 */
          weight?: number
          /** @description a whole number, or null for no limit */
          monthlyCalls?: number | null
          /** @description an object of at most 32 short texts */
          labels?: {
            [key: string]: string
          }
        }
      }
    }
    responses: {
      /** @description The channel. */
      200: {
        headers: {
          /** @description the revision of the record, in quotes */
          etag?: string
          /** @description after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away */
          'wati-gateway-applied'?: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            alias: string
            account: string
            number: string
            enabled: boolean
            description?: string
            weight?: number
            monthlyCalls?: number | null
            labels?: {
              [key: string]: string
            }
            revision: number
          }
        }
      }
      /** @description The channel. */
      201: {
        headers: {
          /** @description the revision of the record, in quotes */
          etag?: string
          /** @description after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away */
          'wati-gateway-applied'?: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            alias: string
            account: string
            number: string
            enabled: boolean
            description?: string
            weight?: number
            monthlyCalls?: number | null
            labels?: {
              [key: string]: string
            }
            revision: number
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `revision-mismatch`: Somebody else changed it first. */
      412: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `body-too-large`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unsupported-media-type`: The operation does not take this kind of body. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteChannel: {
    parameters: {
      query?: {
        /** @description all, or nothing */
        wait?: 'all'
      }
      header?: {
        /** @description the ETag of the record that the change was decided on: on another it is refused (412) */
        'if-match'?: string
      }
      path: {
        /** @description lower-case letters, digits and dashes, a letter first */
        alias: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description It is gone. */
      204: {
        headers: {
          /** @description after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away */
          'wati-gateway-applied'?: string
          [name: string]: unknown
        }
        content?: never
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `not-found`: There is nothing here. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `revision-mismatch`: Somebody else changed it first. */
      412: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  patchChannel: {
    parameters: {
      query?: {
        /** @description all, or nothing */
        wait?: 'all'
      }
      header?: {
        /** @description the ETag of the record that the change was decided on: on another it is refused (412) */
        'if-match'?: string
      }
      path: {
        /** @description lower-case letters, digits and dashes, a letter first */
        alias: string
      }
      cookie?: never
    }
    /** @description a JSON object */
    requestBody: {
      content: {
        'application/merge-patch+json': {
          /** @description lower-case letters, digits and dashes, a letter first */
          account?: string
          /** @description a WhatsApp number with its country code, as a string */
          number?: string
          /** @description true or false, or null */
          enabled?: boolean | null
          /** @description text of at most 500 characters, or null */
          description?: string | null
          /** @description a whole number from 1 to 1000, or null */
          weight?: number | null
          /** @description a whole number, or null for no limit */
          monthlyCalls?: number | null
          /** @description an object of short texts, null for those to take away, or null */
          labels?: {
            [key: string]: string | null
          } | null
        }
        'application/json': {
          /** @description lower-case letters, digits and dashes, a letter first */
          account?: string
          /** @description a WhatsApp number with its country code, as a string */
          number?: string
          /** @description true or false, or null */
          enabled?: boolean | null
          /** @description text of at most 500 characters, or null */
          description?: string | null
          /** @description a whole number from 1 to 1000, or null */
          weight?: number | null
          /** @description a whole number, or null for no limit */
          monthlyCalls?: number | null
          /** @description an object of short texts, null for those to take away, or null */
          labels?: {
            [key: string]: string | null
          } | null
        }
      }
    }
    responses: {
      /** @description The channel. */
      200: {
        headers: {
          /** @description the revision of the record, in quotes */
          etag?: string
          /** @description after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away */
          'wati-gateway-applied'?: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            alias: string
            account: string
            number: string
            enabled: boolean
            description?: string
            weight?: number
            monthlyCalls?: number | null
            labels?: {
              [key: string]: string
            }
            revision: number
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `not-found`: There is nothing here. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `revision-mismatch`: Somebody else changed it first. */
      412: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `body-too-large`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unsupported-media-type`: The operation does not take this kind of body. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listChannels: {
    parameters: {
      query?: {
        /** @description a whole number from 1 to 1000 */
        limit?: string
        /** @description a nextCursor that a list gave */
        cursor?: string
        /** @description lower-case letters, digits and dashes, a letter first */
        account?: string
        /** @description true or false */
        enabled?: 'true' | 'false'
        /** @description a text of 1 to 100 characters, to be found in alias, number or description */
        q?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of channels, in the order of their aliases. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              alias: string
              account: string
              number: string
              enabled: boolean
              description?: string
              weight?: number
              monthlyCalls?: number | null
              labels?: {
                [key: string]: string
              }
              revision: number
            }[]
            /** @description Ask with it for the next page; null on the last. A page that is not the last may hold fewer items than `limit`, even none: of a long list only a part is searched at a time, and the next page goes on from there. */
            nextCursor: string | null
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  checkChannel: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description lower-case letters, digits and dashes, a letter first */
        alias: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description What was found; `ok` when all of it is. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            ok: boolean
            checks: {
              name: 'baseUrl' | 'token' | 'number' | 'enabled'
              ok: boolean
              /** @description one sentence for people */
              detail: string
            }[]
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `not-found`: There is nothing here. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  explainRequest: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** @description a JSON object */
    requestBody: {
      content: {
        'application/json': {
          /** @description an alias, such as "sales" */
          channel: string
          /** @description one of GET, POST, PUT, PATCH, DELETE, OPTIONS */
          method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
          /** @description Wati's own path with its query, such as "/api/v1/getMessages/5511988887777?pageSize=10" */
          path: string
          /** @description an object of texts by header name */
          headers?: {
            [key: string]: string
          }
          /** @description the body as a text: JSON too is sent as a string here */
          body?: string
        }
      }
    }
    responses: {
      /** @description The request with the token masked, or the refusal that the caller would get. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json':
            | {
                request: {
                  method: string
                  url: string
                  /** @description by lower-case name, without the lines that only frame the message on its connection */
                  headers: {
                    [key: string]: string
                  }
                  body: string
                  /**
                   * @description only when the body is no text
                   * @enum {string}
                   */
                  bodyEncoding?: 'base64'
                }
                changes: {
                  where: 'path' | 'query' | 'body' | 'target' | 'header'
                  name: string
                  action: 'set' | 'removed' | 'dropped'
                  /** @description what is written now, or what the caller had named */
                  value?: string
                }[]
              }
            | {
                refusal: {
                  [key: string]: unknown
                }
              }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `body-too-large`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unsupported-media-type`: The operation does not take this kind of body. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listOperations: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description All of them, in the order of Wati's versions, with what each needs and where its number goes. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              /** @description as usage, limits and logs name it; v1 and v2 share names */
              name: string
              /** @enum {unknown} */
              version: 'v1' | 'v2' | 'v3'
              /** @enum {unknown} */
              method: 'GET' | 'POST' | 'PUT'
              /** @description Wati's path after the tenant; what stands in braces the caller fills in */
              path: string
              /**
               * @description what a token needs for it
               * @enum {unknown}
               */
              scope:
                | 'messages:send'
                | 'messages:read'
                | 'chats:write'
                | 'contacts:read'
                | 'contacts:write'
                | 'templates:read'
                | 'broadcasts:read'
                | 'account:read'
                | 'admin:read'
                | 'admin:write'
              /** @description the kinds of body it takes; none: an empty one */
              bodies: ('none' | 'json' | 'form' | 'multipart')[]
              /** @description where the gateway writes the channel's number; if nowhere, the answer is the account's */
              number: {
                /** @description the fields of the query */
                query: string[]
                /** @description the fields of the body, when there is one */
                body: string[]
                /** @description only where targets name the channel by their prefix */
                target?: {
                  /**
                   * @description where targets stand; `contacts` and `recipients` are arrays of the body
                   * @enum {unknown}
                   */
                  in: 'path' | 'body' | 'contacts' | 'recipients'
                  /**
                   * @description set: the prefix is always the channel's; replace: only where the caller wrote one
                   * @enum {unknown}
                   */
                  prefix: 'set' | 'replace'
                }
              }
              /** @description Wati answers with a file */
              isDownload: boolean
            }[]
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listTokens: {
    parameters: {
      query?: {
        /** @description a whole number from 1 to 1000 */
        limit?: string
        /** @description a nextCursor that a list gave */
        cursor?: string
        /** @description the name of the service, at most 200 characters */
        sub?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of what is known of tokens, never a token. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              jti: string
              sub?: string
              channels?: string[]
              scope?: string
              channel?: string
              issuedAt?: string
              expiresAt?: string
              revokedAt?: string
              revision: number
            }[]
            nextCursor: string | null
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  issueToken: {
    parameters: {
      query?: {
        /** @description all, or nothing */
        wait?: 'all'
      }
      header?: never
      path?: never
      cookie?: never
    }
    /** @description a JSON object */
    requestBody: {
      content: {
        'application/json': {
          /** @description the name of the service, at most 200 characters */
          sub: string
          /** @description an array of aliases, prefixes such as "latam-*", or "*" */
          channels: string[]
          /** @description scopes separated by spaces */
          scope: string
          /** @description an alias that channels grants */
          channel?: string
          /** @description a whole number of seconds */
          expiresIn: number
        }
      }
    }
    responses: {
      /** @description The token, which is shown this once. */
      201: {
        headers: {
          /** @description after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away */
          'wati-gateway-applied'?: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            jti: string
            sub?: string
            channels?: string[]
            scope?: string
            channel?: string
            issuedAt?: string
            expiresAt?: string
            revokedAt?: string
            token: string
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `conflict`: The request conflicts with what is there. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `body-too-large`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unsupported-media-type`: The operation does not take this kind of body. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  revokeToken: {
    parameters: {
      query?: {
        /** @description all, or nothing */
        wait?: 'all'
      }
      header?: never
      path: {
        /** @description the jti of a token, at most 256 characters */
        jti: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description It is refused from now on. */
      204: {
        headers: {
          /** @description after ?wait=all: "all", or "1 of 2" replicas, or "unknown" when the store has gone away */
          'wati-gateway-applied'?: string
          [name: string]: unknown
        }
        content?: never
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getKeys: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The ids of the keys, and how far the sealing anew has come. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            first: string
            ring: string[]
            running: boolean
            startedAt?: string
            finishedAt?: string
            error?: string
            done?: number
            sealedWith?: {
              key: string
              records: number
              changes: number
            }[]
            complete?: boolean
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  rotateKeys: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description It has begun. */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            first: string
            ring: string[]
            running: boolean
            startedAt?: string
            finishedAt?: string
            error?: string
            done?: number
            sealedWith?: {
              key: string
              records: number
              changes: number
            }[]
            complete?: boolean
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `conflict`: The request conflicts with what is there. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listAudit: {
    parameters: {
      query?: {
        /** @description a whole number from 1 to 1000 */
        limit?: string
        /** @description a nextCursor that a list gave */
        cursor?: string
        /** @description asc or desc */
        order?: 'asc' | 'desc'
        /** @description the sub of an admin */
        actor?: string
        /** @description an action such as "channel.update" */
        action?: string
        /** @description account, channel, token, keys or directory */
        kind?: string
        /** @description the name of an account, a channel or a token */
        id?: string
        /** @description the id of a request */
        requestId?: string
        /** @description a time such as "2027-01-31T12:00:00Z" */
        since?: string
        /** @description a time such as "2027-01-31T12:00:00Z" */
        until?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of changes; as JSON Lines all that match, one a line. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              id: string
              at: string | null
              actor: {
                sub: string | null
                jti: string | null
                address: string | null
              }
              action: string
              target: {
                kind: string
                id: string
              }
              changes: {
                field: string
                from?: unknown
                to?: unknown
              }[]
              requestId: string | null
            }[]
            nextCursor: string | null
          }
          'application/jsonl': {
            id: string
            at: string | null
            actor: {
              sub: string | null
              jti: string | null
              address: string | null
            }
            action: string
            target: {
              kind: string
              id: string
            }
            changes: {
              field: string
              from?: unknown
              to?: unknown
            }[]
            requestId: string | null
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listUsage: {
    parameters: {
      query?: {
        /** @description a whole number from 1 to 1000 */
        limit?: string
        /** @description a nextCursor that a list gave */
        cursor?: string
        /** @description the first day (UTC), such as "2026-11-01"; without it 29 days before the last */
        from?: string
        /** @description the last day (UTC), such as "2026-11-30"; without it today */
        to?: string
        /** @description the id of an account */
        account?: string
        /** @description an alias */
        channel?: string
        /** @description the sub of a caller */
        caller?: string
        /** @description the name of an operation, such as "sendTemplateMessage" or "GET contacts" */
        operation?: string
        /** @description accepted, refused, unknown, not_sent */
        outcome?: 'accepted' | 'refused' | 'unknown' | 'not_sent'
        /** @description a list, separated by commas, of day, account, channel, caller, operation, outcome */
        groupBy?: string
        /** @description count: the largest counts, as many as `limit` says, and no more */
        order?: 'count'
        /** @description csv: the same as `Accept: text/csv`, for a link to the file */
        format?: 'csv'
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of counts, sorted by their dimensions; as CSV all that match. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              day?: string
              account?: string
              channel?: string
              caller?: string
              operation?: string
              outcome?: string
              count: number
            }[]
            nextCursor: string | null
          }
          'text/csv': string
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listTraffic: {
    parameters: {
      query?: {
        /** @description hour (60 steps of a minute) or day (96 steps of a quarter of an hour); without it hour */
        span?: 'hour' | 'day'
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Every step, the oldest first and the running one last, with the calls of all replicas. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            span: string
            stepSeconds: number
            items: {
              /**
               * Format: date-time
               * @description when the step begins (UTC)
               */
              at: string
              accepted: number
              refused: number
              unknown: number
              not_sent: number
            }[]
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listReplicas: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The store's newest revision, and that of each replica. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @description the store's newest revision */
            head: number
            items: {
              id: string
              revision: number
              appliedAt: string
              seenAt: string
              address: string
            }[]
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getDirectory: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Its state, its size, and the records that cannot be read. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            state: string
            revision: number
            accounts: number
            channels: number
            tokens: number
            unreadable: string[]
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  reseedDirectory: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description How many records were written. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            revision: number
            records: number
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `conflict`: The request conflicts with what is there. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listTroubles: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The troubles, the worst first, none when all is well; it answers while the store is away, too. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              /** @description error: something does not work; warning: all works, and something will hurt soon */
              level: 'error' | 'warning'
              /** @description the kind of trouble, such as "token-expired": it stays the same */
              name: string
              /** @description one sentence that says what is wrong and what to do */
              text: string
              /** @description what it is about, such as the account "acme"; missing when it is about everything */
              target?: {
                kind: string
                id: string
              }
            }[]
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getSession: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Who calls, by session or by token. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            sub: string
            /** @description those of admins that the token has */
            scopes: string[]
            /** @description when the session ends (RFC 3339) */
            expiresAt: string
          }
        }
      }
      /** @description Who calls, by session or by token. */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            sub: string
            /** @description those of admins that the token has */
            scopes: string[]
            /** @description when the session ends (RFC 3339) */
            expiresAt: string
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  signIn: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Who signed in; the session is in the cookie `wati-gateway-session`. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            sub: string
            /** @description those of admins that the token has */
            scopes: string[]
            /** @description when the session ends (RFC 3339) */
            expiresAt: string
          }
        }
      }
      /** @description Who signed in; the session is in the cookie `wati-gateway-session`. */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            sub: string
            /** @description those of admins that the token has */
            scopes: string[]
            /** @description when the session ends (RFC 3339) */
            expiresAt: string
          }
        }
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. `cross-site-request`: The request comes from another site. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  signOut: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description It is over. */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description `invalid-request`: The request is not valid. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `unauthenticated`: A valid token is needed. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `scope-missing`: The token does not allow this operation. `cross-site-request`: The request comes from another site. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description `store-unavailable`: The directory of channels is not available. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
}
