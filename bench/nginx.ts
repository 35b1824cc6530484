import { mkdirSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NUMBER, WATI_TOKEN } from './gateway.ts'
import { type Core, type Program, start } from './program.ts'

export interface Nginx extends Program {
  readonly url: string
}

/** Why there is no nginx that can do it; `undefined` when there is. */
export async function nginxMissing(folder: string): Promise<string | undefined> {
  const file = write(folder, 'http://127.0.0.1:9', await freePort())
  const { error, status, stderr } = spawnSync('nginx', ['-t', '-c', file], { encoding: 'utf8' })
  if (error !== undefined) return 'nginx is not installed'
  return status === 0 ? undefined : `nginx cannot run the script: ${stderr.trim().split('\n')[0] ?? ''}`
}

/** nginx with Lua as somebody would write it in an afternoon: one process, no token check, no log. */
export async function startNginx(folder: string, upstream: string, core: Core): Promise<Nginx> {
  const port = await freePort()
  const args = ['-c', write(folder, upstream, port)]
  const program = start('nginx', args, { core })
  const url = `http://127.0.0.1:${port}`
  while (program.child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer) return { ...program, url }
    await sleep(20)
  }
  throw new Error('nginx did not start')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function write(folder: string, upstream: string, port: number): string {
  mkdirSync(join(folder, 'nginx'), { recursive: true })
  const file = join(folder, 'nginx', 'nginx.conf')
  writeFileSync(file, config(join(folder, 'nginx'), new URL(upstream).host, port))
  return file
}

/** The aliases stand in a shared dictionary that is filled at the start; bodies stay in memory. */
function config(folder: string, upstream: string, port: number): string {
  return `include /etc/nginx/modules-enabled/*http-ndk.conf;
include /etc/nginx/modules-enabled/*http-lua.conf;
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  client_body_buffer_size 1m; client_max_body_size 1m;
  keepalive_requests 1000000000;
  lua_shared_dict channels 64m;
  init_by_lua_block {
    cjson = require "cjson"
    ngx.shared.channels:set("line-0", "${NUMBER}")
  }
  upstream wati { server ${upstream}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location ~ ^/channels/(?<alias>[^/]+)(?<rest>/.*)$ {
      rewrite_by_lua_block {
        local number = ngx.shared.channels:get(ngx.var.alias)
        if not number then return ngx.exit(404) end
        ngx.req.read_body()
        local body = cjson.decode(ngx.req.get_body_data())
        body.channelNumber = number
        body.channel_number = number
        ngx.req.set_body_data(cjson.encode(body))
        ngx.req.set_header("Authorization", "Bearer ${WATI_TOKEN}")
        ngx.req.set_uri("/388428" .. ngx.var.rest)
      }
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass http://wati;
    }
    location / { return 204; }
  }
}
`
}
